import type { Engine } from '../engine/engine.ts';
import { checkFinite } from '../train/divergence.ts';
import type { NamedValues } from '../model/safetensors.ts';
import { Branch, type Conditions, type CurvePoint } from './branch.ts';
import type { Position } from './messages.ts';
import { areOfOneProgram, type Settings } from './settings.ts';
import type { Snapshot } from './snapshots.ts';
import { Trainer, type TrainerParts } from './trainer.ts';

/** Bytes of all snapshots, which the branches share equally. */
const usualBudget = 128 * 2 ** 20;

/**
 * A run that can be driven forward and back. Forward it does steps; back it takes the last snapshot before, and does the steps
 * from there again: the same seed, the same order and the same settings give the same weights, bit for bit.
 */
export class Timeline {
  readonly branches: Branch[];
  #parts: TrainerParts;
  #trainer: Trainer;
  #branch: Branch;
  readonly #budget: number;
  /** What the totals were at the last point of the curve. */
  #lastPoint = { images: 0, epoch: 0, lossTotal: 0, metricTotal: 0 };

  private constructor(parts: TrainerParts, trainer: Trainer, branch: Branch, budget: number) {
    this.#parts = parts;
    this.#trainer = trainer;
    this.#branch = branch;
    this.branches = [branch];
    this.#budget = budget;
  }

  /** A run at step 0. */
  static async begin(
    parts: TrainerParts,
    conditions: Conditions,
    budget: number = usualBudget,
  ): Promise<Timeline> {
    const trainer = new Trainer(parts, conditions);
    await trainer.prepare();
    const timeline = new Timeline(parts, trainer, Branch.first(conditions, { budget }), budget);
    await timeline.#keep();
    return timeline;
  }

  get parts(): TrainerParts {
    return this.#parts;
  }

  get trainer(): Trainer {
    return this.#trainer;
  }

  get branch(): Branch {
    return this.#branch;
  }

  get step(): number {
    return this.#trainer.run.step;
  }

  get position(): Position {
    const { run } = this.#trainer;
    return {
      branch: this.#branch.id,
      step: run.step,
      epoch: run.epoch,
      seen: run.totals.images,
      epochExamples: run.epochImages,
      end: this.#branch.end,
    };
  }

  /** Those of the next step. */
  get settings(): Settings {
    return this.#branch.segmentAfter(this.step).settings;
  }

  /** Whether the next step is one that was done before. */
  get isInThePast(): boolean {
    return this.step < this.#branch.end;
  }

  /**
   * Does a step, and keeps a snapshot where one is due.
   *
   * @returns whether a snapshot was kept
   */
  async advance(): Promise<boolean> {
    await this.#advance();
    const { step } = this;
    this.#branch.end = Math.max(this.#branch.end, step);
    if (!this.#branch.snapshots.isDue(step)) return false;
    await this.#keep();
    return true;
  }

  /** The state after a step. @throws RangeError if the branch does not have it */
  async seek(step: number, branch: Branch = this.#branch): Promise<void> {
    if (!(Number.isSafeInteger(step) && step >= 0 && step <= branch.end)) {
      throw new RangeError(`the run has steps from 0 to ${branch.end}; asked for is step ${step}`);
    }
    this.#branch = branch;
    await this.#restore(branch.snapshotBefore(step));
    while (this.step < step) await this.#advance();
  }

  /** From here on, steps are done in another way. Steps that follow already stay where they are: a new branch begins. */
  async change(settings: Settings, examples: number): Promise<void> {
    if (this.isInThePast) this.#leave();
    const before = this.#branch.segmentAfter(this.step);
    this.#branch.change(settings, examples);
    try {
      await this.#follow();
    } catch (error) {
      this.#branch.change(before.settings, before.examples);
      throw error;
    }
  }

  /** Goes on in a branch that begins here, with other weights. @throws WeightsError if they are of another network */
  async takeWeights(weights: ReadonlyMap<string, NamedValues>, source: string): Promise<void> {
    this.#trainer.setWeights(weights, source);
    this.#leave();
    await this.#keep();
  }

  /** Goes on with another engine, from the last snapshot, up to where it was. */
  async move(engine: Engine): Promise<void> {
    const { step } = this;
    this.#parts = { ...this.#parts, engine };
    const snapshot = this.#branch.snapshotBefore(step);
    this.#trainer = await this.#build(this.#branch.segmentAfter(snapshot.step));
    await this.seek(Math.min(step, this.#branch.end));
  }

  /**
   * The loss and the accuracy since the last point, as the engine has added them up.
   *
   * @returns null if there was no step
   * @throws DivergenceError if the loss is no longer a finite number
   */
  async point(): Promise<CurvePoint | null> {
    const { run } = this.#trainer;
    const { totals, epoch, step, epochImages } = run;
    await totals.read();
    const before =
      this.#lastPoint.epoch === epoch && this.#lastPoint.images <= totals.images
        ? this.#lastPoint
        : { images: 0, lossTotal: 0, metricTotal: 0 };
    const images = totals.images - before.images;
    if (images === 0) return null;
    const { lossTotal, metricTotal } = totals.partial;
    this.#lastPoint = { images: totals.images, epoch, lossTotal, metricTotal };
    const loss = (lossTotal - before.lossTotal) / images;
    checkFinite('the loss', loss, epoch, step);
    const point = {
      step,
      epoch: epoch - 1 + totals.images / epochImages,
      loss,
      accuracy: (metricTotal - before.metricTotal) / images,
    };
    const { curve } = this.#branch;
    if (step > (curve.at(-1)?.step ?? 0)) curve.push(point);
    return point;
  }

  release(): void {
    this.#trainer.release();
  }

  async #advance(): Promise<void> {
    await this.#follow();
    const { run } = this.#trainer;
    if (run.epoch === 0 || run.isEpochDone) run.beginEpoch(run.epoch + 1);
    await run.advance();
  }

  /** Gets ready for the next step: other settings may begin with it. */
  async #follow(): Promise<void> {
    const segment = this.#branch.segmentAfter(this.step);
    if (segment === this.#trainer.conditions) return;
    if (areOfOneProgram(segment.settings, this.#trainer.conditions.settings)) {
      this.#trainer.follow(segment);
      return;
    }
    const snapshot = await this.#trainer.snapshot();
    const { conditions: before } = this.#trainer;
    try {
      this.#trainer = await this.#build(segment);
      this.#trainer.restore(snapshot, segment);
    } catch (error) {
      // what is built anew has the weights of the beginning: it gets those of now
      this.#trainer = await this.#build(before);
      this.#trainer.restore(snapshot, before);
      throw error;
    }
  }

  async #restore(snapshot: Snapshot): Promise<void> {
    // what the optimizer has kept is that of the steps before the snapshot, of which the last may be of another segment
    const segment = this.#branch.segmentAfter(Math.max(snapshot.step - 1, 0));
    if (!areOfOneProgram(segment.settings, this.#trainer.conditions.settings)) {
      this.#trainer = await this.#build(segment);
    }
    this.#trainer.restore(snapshot, segment);
    const { partial, seen, epoch } = snapshot;
    this.#lastPoint = { images: seen, epoch, ...partial };
  }

  async #build(conditions: Conditions): Promise<Trainer> {
    this.#trainer.release();
    const trainer = new Trainer(this.#parts, conditions);
    await trainer.prepare();
    return trainer;
  }

  #leave(): void {
    const id = this.branches.length + 1;
    const budget = this.#budget / id;
    for (const { snapshots } of this.branches) snapshots.shrinkTo(budget);
    this.#branch = this.#branch.leave(id, this.step, { budget });
    this.branches.push(this.#branch);
  }

  async #keep(): Promise<void> {
    this.#branch.snapshots.add(await this.#trainer.snapshot());
  }
}
