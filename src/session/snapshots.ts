import type { NamedValues } from '../model/safetensors.ts';
import type { PartialEpoch } from '../train/training-state.ts';

/** All that a run needs to go on after a step, as if it had just done it. */
export interface Snapshot {
  /** Steps done. */
  readonly step: number;
  /** The epoch of that step, from 1; 0 before the first. */
  readonly epoch: number;
  /** Images that the epoch has trained on, and how many it has in all. */
  readonly seen: number;
  readonly epochExamples: number;
  readonly partial: PartialEpoch;
  readonly weights: ReadonlyMap<string, NamedValues>;
  readonly optimizer: ReadonlyMap<string, NamedValues>;
}

export interface SnapshotOptions {
  /** Bytes that all of them may have. */
  readonly budget: number;
  /** How many there may be, beside those of the first steps. */
  readonly most?: number;
}

/** Each of the first steps has a snapshot: much happens in them. */
const firstSteps = 50;
const usualMost = 150;

/**
 * Snapshots of a run, dense at its beginning and evenly spread over the rest, within a budget of memory: where there are too
 * many, every second one goes, and the steps between two are twice as many from then on.
 */
export class Snapshots {
  #budget: number;
  readonly #most: number;
  readonly #bySteps = new Map<number, Snapshot>();
  #interval = 1;
  /** Whether the first steps are thinned out as well, as memory does not suffice for all of them. */
  #isSparse = false;
  #bytes = 0;

  constructor({ budget, most = usualMost }: SnapshotOptions) {
    this.#budget = budget;
    this.#most = most;
  }

  /** Allows fewer bytes from now on. */
  shrinkTo(budget: number): void {
    this.#budget = budget;
    while (this.#isTooMuch() && this.#thin());
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The steps that have one, in order. */
  get steps(): number[] {
    return [...this.#bySteps.keys()].toSorted((a, b) => a - b);
  }

  /** Whether a snapshot after this step would be kept. */
  isDue(step: number): boolean {
    return !this.#bySteps.has(step) && this.#isKept(step);
  }

  /** Keeps a snapshot. That of step 0, or the first there is, stays for ever. */
  add(snapshot: Snapshot): void {
    this.#bySteps.set(snapshot.step, snapshot);
    this.#bytes += bytesOf(snapshot);
    while (this.#isTooMuch() && this.#thin());
  }

  /** The last one after this step or an earlier one. */
  before(step: number): Snapshot | undefined {
    let found: Snapshot | undefined;
    for (const snapshot of this.#bySteps.values()) {
      if (snapshot.step <= step && snapshot.step >= (found?.step ?? 0)) found = snapshot;
    }
    return found;
  }

  #isKept(step: number): boolean {
    return step % this.#interval === 0 || (step <= firstSteps && !this.#isSparse);
  }

  #isTooMuch(): boolean {
    return this.#bytes > this.#budget || this.#bySteps.size > this.#most + firstSteps;
  }

  /** Returns false if nothing is left that may go. */
  #thin(): boolean {
    const { steps } = this;
    const share = steps.filter((step) => step <= firstSteps).length / steps.length;
    // the first steps may take half of the memory
    if (!this.#isSparse && share * this.#bytes > this.#budget / 2) this.#isSparse = true;
    else this.#interval *= 2;
    this.#drop(steps[0]!);
    return this.#bySteps.size > 1;
  }

  #drop(first: number): void {
    for (const [step, snapshot] of this.#bySteps) {
      if (step === first || this.#isKept(step)) continue;
      this.#bySteps.delete(step);
      this.#bytes -= bytesOf(snapshot);
    }
  }
}

function bytesOf({ weights, optimizer }: Snapshot): number {
  return [...weights.values(), ...optimizer.values()].reduce((sum, { values }) => sum + values.byteLength, 0);
}
