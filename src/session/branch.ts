import { areEqual, type Settings } from './settings.ts';
import { type Snapshot, type SnapshotOptions, Snapshots } from './snapshots.ts';

/** How steps are done. */
export interface Conditions {
  readonly settings: Settings;
  /** How many of the training examples are there. It counts from the next epoch on. */
  readonly examples: number;
}

/** How steps are done from one step on. */
export interface Segment extends Conditions {
  /** The steps after this one. */
  readonly from: number;
}

/** A point of the curves of a run. */
export interface CurvePoint {
  readonly step: number;
  /** Epochs done, with a fraction. */
  readonly epoch: number;
  /** Mean over the images since the last point. */
  readonly loss: number;
  readonly accuracy: number;
}

/** After an epoch. */
export interface ValidationPoint {
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
  /** On how many images. */
  readonly examples: number;
}

/** Where a branch leaves another one. */
export interface Fork {
  readonly branch: Branch;
  /** The last step that both have. */
  readonly step: number;
}

/**
 * A run from its first step to its last, as it was done: its settings, its curves and its snapshots. A run that was taken up
 * again at an earlier step, and goes on in another way, is a branch of its own, which has the steps before in common.
 */
export class Branch {
  readonly id: number;
  readonly fork: Fork | null;
  readonly snapshots: Snapshots;
  readonly #segments: Segment[];
  readonly curve: CurvePoint[] = [];
  readonly validation: ValidationPoint[] = [];
  /** Its last step. */
  end: number;

  private constructor(id: number, fork: Fork | null, segments: Segment[], snapshots: SnapshotOptions) {
    this.id = id;
    this.fork = fork;
    this.#segments = segments;
    this.snapshots = new Snapshots(snapshots);
    this.end = fork?.step ?? 0;
  }

  static first(conditions: Conditions, snapshots: SnapshotOptions): Branch {
    return new Branch(1, null, [{ from: 0, ...conditions }], snapshots);
  }

  /** A branch that leaves this one after a step. */
  leave(id: number, step: number, snapshots: SnapshotOptions): Branch {
    const segments = this.#segments.filter(({ from }) => from <= step);
    return new Branch(id, { branch: this, step }, segments, snapshots);
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** How the step after this one is done. */
  segmentAfter(step: number): Segment {
    return this.#segments.findLast(({ from }) => from <= step)!;
  }

  /** From the end of the branch on, steps are done in another way. */
  change(settings: Settings, examples: number): void {
    const isSame = (segment: Segment): boolean =>
      areEqual(segment.settings, settings) && segment.examples === examples;
    const last = this.#segments.at(-1)!;
    if (isSame(last)) return;
    if (last.from === this.end) this.#segments.pop();
    const before = this.#segments.at(-1);
    if (before && isSame(before)) return;
    this.#segments.push({ from: this.end, settings, examples });
  }

  /** The nearest snapshot after this step or an earlier one, of this branch or one that it comes from. */
  snapshotBefore(step: number): Snapshot {
    const own = this.snapshots.before(step);
    if (own) return own;
    return this.fork!.branch.snapshotBefore(Math.min(step, this.fork!.step));
  }
}
