import { batches } from '../data/batches.ts';
import type { Examples } from '../data/examples.ts';
import type { Sequential } from '../layers/sequential.ts';
import { SoftmaxCrossEntropy } from '../layers/softmax-cross-entropy.ts';
import { addL2Penalty } from '../optim/l2.ts';
import type { Engine, Executable } from '../engine/engine.ts';
import { Recorder } from '../tensor/recorder.ts';
import { Tensor } from '../tensor/tensor.ts';
import { breathe } from '../breathe.ts';
import { pixelScale } from './training-step.ts';

/** What a network predicts for a list of examples, in their order. */
export interface Predictions {
  /** The index of the most probable class for each example. */
  readonly predicted: Int32Array;
  /** [examples, classes], row by row: the probability of each class, by softmax. */
  readonly probabilities: Float32Array;
}

export interface Evaluation extends Predictions {
  /** Mean cross-entropy over the examples, plus the L2 penalty if the run has one. */
  readonly loss: number;
  /** Share of the examples that are predicted correctly. */
  readonly accuracy: number;
}

export interface EvaluationOptions {
  /** Called after each batch with the number of examples that are done. */
  readonly onProgress?: (done: number) => void;
  /** Ends the evaluation between two batches: the reason of the abort is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** Larger than a training batch, since nothing has to be kept for a backward pass. */
const evaluationBatch = 500;

interface CompiledEvaluation {
  readonly indices: Tensor<'int32'>;
  readonly loss: Tensor;
  readonly predicted: Tensor<'int32'>;
  readonly probabilities: Tensor;
  readonly executable: Executable;
}

/** Evaluates a network on examples of one data set, with the weights that the engine has at that moment. */
export class Evaluator {
  readonly #model: Sequential;
  readonly #examples: Examples;
  readonly #engine: Engine;
  readonly #l2: number;
  readonly #bySize = new Map<number, CompiledEvaluation>();

  constructor(model: Sequential, examples: Examples, engine: Engine, l2 = 0) {
    this.#model = model;
    this.#examples = examples;
    this.#engine = engine;
    this.#l2 = l2;
  }

  /** @param positions the examples to evaluate, by their positions in the data set */
  async evaluate(positions: Int32Array, { onProgress, signal }: EvaluationOptions = {}): Promise<Evaluation> {
    const predicted = new Int32Array(positions.length);
    const [classes] = this.#model.outputShape as [number];
    const probabilities = new Float32Array(positions.length * classes);
    let loss = 0;
    let done = 0;
    for (const batch of batches(positions, evaluationBatch)) {
      await breathe();
      signal?.throwIfAborted();
      const compiled = this.#bySize.get(batch.length) ?? (await this.#compile(batch.length));
      this.#engine.write(compiled.indices, batch);
      await compiled.executable.run();
      loss += (await this.#engine.read(compiled.loss))[0]! * batch.length;
      predicted.set(await this.#engine.read(compiled.predicted), done);
      probabilities.set(await this.#engine.read(compiled.probabilities), done * classes);
      done += batch.length;
      onProgress?.(done);
    }
    const labels = this.#examples.labels.values;
    const correct = predicted.reduce((count, y, i) => count + (y === labels[positions[i]!] ? 1 : 0), 0);
    return { loss: loss / positions.length, accuracy: correct / positions.length, predicted, probabilities };
  }

  async #compile(size: number): Promise<CompiledEvaluation> {
    const ops = new Recorder();
    const indices = Tensor.zeros('int32', [size], 'indices');
    const x = ops.gatherImages(this.#examples.images, indices, pixelScale);
    const labels = ops.gatherLabels(this.#examples.labels, indices);
    const logits = this.#model.forward(ops, x, { training: false });
    const { loss: dataLoss, probabilities } = new SoftmaxCrossEntropy().forward(ops, logits, labels);
    const loss = this.#l2 > 0 ? addL2Penalty(ops, dataLoss, this.#model.parameters, this.#l2) : dataLoss;
    const predicted = ops.argmax(logits);
    const program = ops.finish(`evaluation, batch ${size}`, [loss, predicted, probabilities]);
    const compiled = {
      indices,
      loss,
      predicted,
      probabilities,
      executable: await this.#engine.compile(program),
    };
    this.#bySize.set(size, compiled);
    return compiled;
  }
}
