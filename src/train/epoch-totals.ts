import { now } from '../clock.ts';
import type { LossSpec } from '../layers/loss.ts';
import { type Metrics, metricsWith } from './history.ts';
import type { PartialEpoch } from './training-state.ts';
import { type FirstSteps, noTotals, type Totals, type TrainingSteps } from './training-steps.ts';

/** Seconds between two looks at the totals of a running epoch. */
const interval = 0.1;

/**
 * What an epoch comes to: the sums over its images, and the time that it takes. Steps that are the first of their batch
 * size compile and check kernels: they do not count for the time and the speed, unless there are no others. Reading the sums waits until the engine
 * has done all of its steps, so they are read from time to time and not after each step.
 */
export class EpochTotals {
  readonly #steps: TrainingSteps;
  readonly #loss: LossSpec;
  #images = 0;
  #start = 0;
  #lastRead = 0;
  #imagesAtRead = 0;
  #totals: Totals = noTotals;
  /** Those before the epoch. */
  #firstBefore: FirstSteps = { images: 0, seconds: 0 };
  /** When the last read was done, by how much the first steps of the epoch are to be subtracted. */
  #first: FirstSteps = { images: 0, seconds: 0 };

  constructor(steps: TrainingSteps, loss: LossSpec) {
    this.#steps = steps;
    this.#loss = loss;
  }

  /** Starts an epoch; `images` and `partial` tell what a resumed run has already done of it. */
  begin(images: number, { seconds, ...totals }: PartialEpoch): void {
    this.#images = images;
    this.#imagesAtRead = images;
    this.#totals = totals;
    this.#lastRead = now();
    this.#start = this.#lastRead - seconds;
    this.#firstBefore = this.#steps.firstSteps;
    this.#first = { images: 0, seconds: 0 };
    this.#steps.resetTotals(totals);
  }

  /** Counts the images of a step that was started. */
  count(images: number): void {
    this.#images += images;
  }

  /** Whether the last `read` is some time ago. */
  get areDue(): boolean {
    return now() - this.#lastRead >= interval;
  }

  /** Reads the sums, if there was a step since they were last read. */
  async read(): Promise<void> {
    if (this.#imagesAtRead === this.#images) return;
    this.#totals = await this.#steps.readTotals();
    this.#imagesAtRead = this.#images;
    this.#lastRead = now();
    this.#first = this.#firstSteps();
  }

  /** Images of the epoch in all steps so far. */
  get images(): number {
    return this.#images;
  }

  /** Means and speed from the start of the epoch to the last `read`. */
  get means(): Metrics & {
    readonly loss: number;
    readonly seconds: number;
    readonly imagesPerSecond: number;
  } {
    const { lossTotal, metricTotal } = this.#totals;
    const { metric } = this.#loss;
    const images = this.#imagesAtRead;
    const { seconds } = this.partial;
    return {
      loss: lossTotal / images,
      ...metricsWith(metric, this.#loss.metricOf(metricTotal / images)),
      seconds,
      imagesPerSecond: (images - this.#first.images) / seconds,
    };
  }

  /** What `begin` needs to continue after the last `read`. */
  get partial(): PartialEpoch {
    return { ...this.#totals, seconds: this.#lastRead - this.#start - this.#first.seconds };
  }

  /** The first steps of this epoch; none, if there were no others. */
  #firstSteps(): FirstSteps {
    const { images, seconds } = this.#steps.firstSteps;
    const inEpoch = {
      images: images - this.#firstBefore.images,
      seconds: seconds - this.#firstBefore.seconds,
    };
    return inEpoch.images < this.#imagesAtRead ? inEpoch : { images: 0, seconds: 0 };
  }
}
