/** Training steps without anything around them: to see what the host does in a step, apart from the device. */
import type { ImageDataset } from '../../src/data/dataset.ts';
import type { Engine, Executable } from '../../src/engine/engine.ts';
import type { Program } from '../../src/tensor/program.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import {
  createCounters,
  recordTrainingStep,
  type StepCounters,
  type TrainingInputs,
} from '../../src/train/training-step.ts';
import { wholeBatches } from './measured-network.ts';
import { endlessBatches, trainingInputs } from './training.ts';

export interface StepsRun {
  readonly images: number;
  /** From the first step until the device has done the last one. */
  readonly seconds: number;
  /** Of that, in calls to the engine: writing what differs from step to step, encoding, submitting. Waiting is not in it. */
  readonly hostSeconds: number;
}

/** An engine with executables of its own. */
type EngineOf<E extends Executable> = Omit<Engine, 'compile'> & { compile(program: Program): Promise<E> };

/** Trains a preset with Adam from its first step on. */
export class RecordedSteps<E extends Executable = Executable> {
  readonly executable: E;
  readonly #engine: EngineOf<E>;
  readonly #inputs: TrainingInputs;
  readonly #counters: StepCounters;
  readonly #indices: Tensor<'int32'>;
  readonly #batches: Iterator<Int32Array, void>;
  #step = 0;

  private constructor(
    engine: EngineOf<E>,
    inputs: TrainingInputs,
    counters: StepCounters,
    indices: Tensor<'int32'>,
    executable: E,
  ) {
    this.#engine = engine;
    this.#inputs = inputs;
    this.#counters = counters;
    this.#indices = indices;
    this.executable = executable;
    this.#batches = endlessBatches(wholeBatches(inputs.examples.y.size, indices.size), indices.size);
  }

  static async compile<E extends Executable>(
    engine: EngineOf<E>,
    model: string,
    batchSize: number,
    dataset: ImageDataset,
  ): Promise<RecordedSteps<E>> {
    const inputs = trainingInputs(model, dataset);
    const counters = createCounters();
    const indices = Tensor.zeros('int32', [batchSize], 'indices');
    const executable = await engine.compile(recordTrainingStep(inputs, indices, { counters }));
    return new RecordedSteps(engine, inputs, counters, indices, executable);
  }

  /** Runs the next steps. */
  async run(count: number): Promise<StepsRun> {
    const { optimizer } = this.#inputs;
    const start = performance.now();
    let host = 0;
    for (let done = 0; done < count; done++) {
      const batch = this.#batches.next().value!;
      this.#step += 1;
      const begin = performance.now();
      this.#engine.write(this.#indices, batch);
      this.#engine.write(this.#counters.step, [this.#step]);
      const coefficients = optimizer.coefficientsAt(this.#step, optimizer.defaultLearningRate);
      this.#engine.write(optimizer.coefficients, coefficients);
      const running = this.executable.run();
      host += performance.now() - begin;
      await running;
    }
    await this.#engine.read(this.#counters.lossTotal);
    const seconds = (performance.now() - start) / 1000;
    return { images: count * this.#indices.size, seconds, hostSeconds: host / 1000 };
  }

  /** The losses of the next steps, each the mean over its batch. */
  async losses(count: number): Promise<number[]> {
    const losses: number[] = [];
    for (let done = 0; done < count; done++) {
      this.#engine.write(this.#counters.lossTotal, [0]);
      await this.run(1);
      const [total] = await this.#engine.read(this.#counters.lossTotal);
      losses.push(total! / this.#indices.size);
    }
    return losses;
  }
}
