import { CompiledPrograms } from '../engine/compiled-programs.ts';
import type { Engine, Executable } from '../engine/engine.ts';
import { breathe, breathIsDue } from '../breathe.ts';
import { now } from '../clock.ts';
import { checkExamples } from './check-examples.ts';
import { defaultLoss } from './default-loss.ts';
import { Tensor } from '../tensor/tensor.ts';
import { transformSize } from '../tensor/warp.ts';
import {
  createCounters,
  recordTrainingStep,
  type StepCounters,
  type TrainingInputs,
} from './training-step.ts';

/** Sums over images, as the engine adds them up in float32. */
export interface Totals {
  /** Σ batch size · loss of the batch. */
  readonly lossTotal: number;
  /** Σ of what the loss's metric averages, each example before the step that learns from it. */
  readonly metricTotal: number;
}

export const noTotals: Totals = { lossTotal: 0, metricTotal: 0 };

interface CompiledStep {
  readonly indices: Tensor<'int32'>;
  /** Null without augmentation. */
  readonly transforms: Tensor<'float32'> | null;
  readonly executable: Executable;
  /** Whether the first run, which may compile and check kernels, is done. */
  hasRun: boolean;
}

/** Images and seconds of the steps that were the first of their batch size, with all that was prepared for them. */
export interface FirstSteps {
  readonly images: number;
  readonly seconds: number;
}

/**
 * The steps of one run on an engine, for batches of any size: a step is recorded and compiled once for each size that
 * occurs. All of them add to the same totals.
 */
export class TrainingSteps {
  readonly #inputs: TrainingInputs;
  readonly #engine: Engine;
  readonly #counters: StepCounters = createCounters();
  /** By the size of the batch, apart for steps with and without a part in the average of the weights. */
  readonly #programs = new CompiledPrograms<string, CompiledStep>();
  #firstSteps: FirstSteps = { images: 0, seconds: 0 };

  /** @throws ShapeError, TypeError or RangeError if the examples do not fit the network and the loss */
  constructor(inputs: TrainingInputs, engine: Engine) {
    checkExamples('TrainingSteps', inputs.model, inputs.examples, inputs.loss ?? defaultLoss(inputs.model));
    this.#inputs = inputs;
    this.#engine = engine;
    inputs.average?.prepare(inputs.model.parameters);
  }

  /**
   * Trains on one batch as step number `step`, from 1. Augmentation differs from epoch to epoch. An engine may return
   * before the step is done: only `readTotals` waits for it. Timers and others have their turn if they have waited for long.
   *
   * @param batch positions of examples
   * @throws RangeError for a position that no example has
   */
  async run(batch: Int32Array, step: number, learningRate: number, epoch = 1): Promise<void> {
    const start = now();
    this.#checkPositions(batch);
    const compiled = await this.#compiled(batch.length, step);
    const { indices, transforms, executable } = compiled;
    const { augmentation, optimizer } = this.#inputs;
    this.#engine.write(indices, batch);
    if (augmentation && transforms) {
      this.#engine.write(transforms, augmentation.transforms(batch, epoch));
    }
    this.#engine.write(this.#counters.step, [step]);
    this.#engine.write(optimizer.coefficients, optimizer.coefficientsAt(step, learningRate));
    await executable.run();
    if (breathIsDue()) await breathe();
    if (compiled.hasRun) return;
    compiled.hasRun = true;
    const { images, seconds } = this.#firstSteps;
    this.#firstSteps = { images: images + batch.length, seconds: seconds + now() - start };
  }

  /** All so far. They say nothing about the speed of training. */
  get firstSteps(): FirstSteps {
    return this.#firstSteps;
  }

  /** Compiles the step for batches of a size before the first of them comes, as step number `step`. */
  async prepare(size: number, step = 1): Promise<Executable> {
    return (await this.#compiled(size, step)).executable;
  }

  /** Gives back what the programs take in the engine. No step comes after it. */
  release(): void {
    this.#programs.release();
  }

  /** The sums over all steps since `resetTotals`, once all of these steps are done. */
  async readTotals(): Promise<Totals> {
    const { lossTotal, metricTotal } = this.#counters;
    const [loss] = await this.#engine.read(lossTotal);
    const [metric] = await this.#engine.read(metricTotal);
    return { lossTotal: loss!, metricTotal: metric! };
  }

  /** Sets the totals to 0, or to what they had come to when a run was interrupted. */
  resetTotals({ lossTotal, metricTotal }: Totals = noTotals): void {
    this.#engine.write(this.#counters.lossTotal, [lossTotal]);
    this.#engine.write(this.#counters.metricTotal, [metricTotal]);
  }

  #checkPositions(batch: Int32Array): void {
    const count = this.#inputs.examples.x.shape[0]!;
    const wrong = batch.find((position) => !(position >= 0 && position < count));
    if (wrong !== undefined) {
      throw new RangeError(`TrainingSteps: there are ${count} examples, from 0; the batch asks for ${wrong}`);
    }
  }

  #compiled(size: number, step: number): Promise<CompiledStep> {
    const averages = step >= (this.#inputs.average?.firstStep ?? 1);
    return this.#programs.get(`${size} ${averages}`, () => this.#compile(size, averages));
  }

  async #compile(size: number, averages: boolean): Promise<CompiledStep> {
    const indices = Tensor.zeros('int32', [size], 'indices');
    const transforms = this.#inputs.augmentation?.active
      ? Tensor.zeros('float32', [size, transformSize], 'transforms')
      : null;
    const program = recordTrainingStep(this.#inputs, indices, {
      transforms,
      counters: this.#counters,
      averages,
    });
    const executable = await this.#engine.compile(program);
    return { indices, transforms, executable, hasRun: false };
  }
}
