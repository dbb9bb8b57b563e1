import { shuffled } from '../data/batches.ts';
import type { LossSpec } from '../layers/loss.ts';
import { EpochTotals } from './epoch-totals.ts';
import { noPartialEpoch, type PartialEpoch } from './training-state.ts';
import type { TrainingSteps } from './training-steps.ts';

/** How the next steps are done. It may change from step to step. */
export interface RunPlan {
  /** Positions of the examples that an epoch goes through, in any order; a change counts from the next epoch on. */
  readonly positions: Int32Array;
  readonly batchSize: number;
  /** The learning rate of a step, from 1. */
  readonly rateAt: (step: number) => number;
}

interface RunOptions {
  readonly loss: LossSpec;
  readonly seed: number;
  readonly plan: RunPlan;
  /** Steps done before, over all epochs; 0 if left out. */
  readonly step?: number;
}

/** Where an epoch is taken up that was interrupted. */
interface Interrupted {
  /** Steps done before, over all epochs. */
  readonly step?: number;
  /** Images of the epoch that they have trained on, and what these came to. */
  readonly seen?: number;
  readonly partial?: PartialEpoch;
}

/**
 * A run of training, one step at a time: which examples a step sees, and what the epoch comes to. Which they are depends only
 * on the seed, the epoch and the images before them in it, so that a run can go on from any of its steps.
 */
export class TrainingRun {
  readonly totals: EpochTotals;
  readonly #steps: TrainingSteps;
  readonly #seed: number;
  plan: RunPlan;
  /** The positions of this epoch, in its order. */
  #order: Int32Array = new Int32Array(0);
  #step: number;
  #epoch = 0;

  constructor(steps: TrainingSteps, { loss, seed, plan, step = 0 }: RunOptions) {
    this.#steps = steps;
    this.#step = step;
    this.#seed = seed;
    this.plan = plan;
    this.totals = new EpochTotals(steps, loss);
  }

  /** Steps done, over all epochs. */
  get step(): number {
    return this.#step;
  }

  /** The current epoch, from 1; 0 before the first. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Images in this epoch. */
  get epochImages(): number {
    return this.#order.length;
  }

  get isEpochDone(): boolean {
    return this.totals.images >= this.#order.length;
  }

  /** Begins an epoch, or goes on with one. */
  beginEpoch(
    epoch: number,
    { step = this.#step, seen = 0, partial = noPartialEpoch }: Interrupted = {},
  ): void {
    this.#epoch = epoch;
    this.#step = step;
    this.#order = shuffled(this.plan.positions, this.#seed, epoch);
    this.totals.begin(Math.min(seen, this.#order.length), partial);
  }

  /** Trains on the next batch of the epoch. If it throws, the step is not done. */
  async advance(): Promise<void> {
    const { batchSize, rateAt } = this.plan;
    const seen = this.totals.images;
    const batch = this.#order.subarray(seen, seen + batchSize);
    const step = this.#step + 1;
    await this.#steps.run(batch, step, rateAt(step), this.#epoch);
    this.#step = step;
    this.totals.count(batch.length);
  }
}
