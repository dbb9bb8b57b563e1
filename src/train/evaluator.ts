import { batches } from '../data/batches.ts';
import type { Examples } from '../data/examples.ts';
import type { LossSpec } from '../layers/loss.ts';
import type { Sequential } from '../layers/sequential.ts';
import { addL2Penalty } from '../optim/l2.ts';
import { CompiledPrograms } from '../engine/compiled-programs.ts';
import type { Engine, Executable } from '../engine/engine.ts';
import { Recorder } from '../tensor/recorder.ts';
import { sizeOf } from '../tensor/shape.ts';
import { Tensor } from '../tensor/tensor.ts';
import { breathe } from '../breathe.ts';
import { checkExamples } from './check-examples.ts';
import { defaultLoss } from './default-loss.ts';
import { gatherInputs, gatherTargets } from './gather.ts';
import { type Metrics, metricsWith } from './history.ts';
import { checkSeesImages, mirroredForward } from './mirrored-forward.ts';
import { meanAbsoluteError, r2Score } from './number-metrics.ts';

/** What a network predicts for a list of examples, in their order. */
export interface Predictions {
  /**
   * What is predicted: by a classifier the index of the most probable class of each example; by a network of yes and no,
   * 1 or 0 for each output; by a network that predicts numbers, the numbers [examples, …outputs], row by row.
   */
  readonly predicted: Int32Array | Float32Array;
  /**
   * [examples, outputs], row by row: the probability of each class, by softmax; or of yes, by sigmoid. Empty for a network
   * that predicts numbers.
   */
  readonly probabilities: Float32Array;
}

export interface Evaluation extends Predictions, Metrics {
  /** The mean loss of the examples, plus the L2 penalty if the run has one. */
  readonly loss: number;
  /** R² = 1 − Σ(t − p)² / Σ(t − mean of t)², the mean over the outputs; NaN for a classifier. */
  readonly r2: number;
}

export interface EvaluatorOptions {
  /** What the network is trained with; if left out, what it was trained with last, or softmax cross-entropy. */
  readonly loss?: LossSpec | undefined;
  /** λ of an L2 penalty that is part of the loss; 0 by default. */
  readonly l2?: number | undefined;
  /** Test-time augmentation: see mirrored-forward.ts. No by default. */
  readonly tta?: boolean | undefined;
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
  /** The index of the largest output; null unless the network has classes. */
  readonly predicted: Tensor<'int32'> | null;
  /** Probabilities or numbers. */
  readonly predictions: Tensor;
  readonly executable: Executable;
}

/** Evaluates a network on examples of one data set, with the weights that the engine has at that moment. */
export class Evaluator {
  readonly #model: Sequential;
  readonly #examples: Examples;
  readonly #engine: Engine;
  readonly #loss: LossSpec;
  readonly #l2: number;
  readonly #tta: boolean;
  /** By the number of examples. */
  readonly #programs = new CompiledPrograms<number, CompiledEvaluation>();

  /** @throws ShapeError, TypeError or RangeError if the examples do not fit the network, the loss and TTA */
  constructor(
    model: Sequential,
    examples: Examples,
    engine: Engine,
    { loss = defaultLoss(model), l2 = 0, tta = false }: EvaluatorOptions = {},
  ) {
    checkExamples('Evaluator', model, examples, loss);
    if (tta) checkSeesImages('Evaluator', model);
    this.#model = model;
    this.#examples = examples;
    this.#engine = engine;
    this.#loss = loss;
    this.#l2 = l2;
    this.#tta = tta;
  }

  /** @param positions the examples to evaluate, by their positions in the data set */
  async evaluate(positions: Int32Array, { onProgress, signal }: EvaluationOptions = {}): Promise<Evaluation> {
    const indices = new Int32Array(positions.length);
    const outputs = sizeOf(this.#model.outputShape);
    const predictions = new Float32Array(positions.length * outputs);
    let loss = 0;
    let done = 0;
    for (const batch of batches(positions, evaluationBatch)) {
      await breathe();
      signal?.throwIfAborted();
      const compiled = await this.#programs.get(batch.length, () => this.#compile(batch.length));
      this.#engine.write(compiled.indices, batch);
      await compiled.executable.run();
      loss += (await this.#engine.read(compiled.loss))[0]! * batch.length;
      if (compiled.predicted) indices.set(await this.#engine.read(compiled.predicted), done);
      predictions.set(await this.#engine.read(compiled.predictions), done * outputs);
      done += batch.length;
      onProgress?.(done);
    }
    return { loss: loss / positions.length, ...this.#measure(positions, indices, predictions) };
  }

  /** Gives back what the programs take in the engine. An evaluation after it compiles them anew. */
  release(): void {
    this.#programs.release();
  }

  #measure(positions: Int32Array, indices: Int32Array, predictions: Float32Array): Omit<Evaluation, 'loss'> {
    const outputs = predictions.length / positions.length;
    const { targets } = this.#loss;
    const y = this.#examples.y.values;
    if (targets === 'classes') {
      const correct = indices.reduce((count, label, i) => count + (label === y[positions[i]!] ? 1 : 0), 0);
      const metrics = metricsWith('accuracy', correct / positions.length);
      return { ...metrics, r2: NaN, predicted: indices, probabilities: predictions };
    }
    const expected = new Float32Array(predictions.length);
    for (const [i, position] of positions.entries()) {
      expected.set(y.subarray(position * outputs, (position + 1) * outputs), i * outputs);
    }
    if (targets === 'probabilities') {
      const predicted = Int32Array.from(predictions, (probability) => (probability > 0.5 ? 1 : 0));
      const correct = predicted.reduce(
        (count, yes, i) => count + (yes === Number(expected[i]! > 0.5) ? 1 : 0),
        0,
      );
      const metrics = metricsWith('accuracy', correct / predicted.length);
      return { ...metrics, r2: NaN, predicted, probabilities: predictions };
    }
    return {
      ...metricsWith('meanAbsoluteError', meanAbsoluteError(predictions, expected)),
      r2: r2Score(predictions, expected, outputs),
      predicted: predictions,
      probabilities: new Float32Array(0),
    };
  }

  async #compile(size: number): Promise<CompiledEvaluation> {
    const ops = new Recorder();
    const indices = Tensor.zeros('int32', [size], 'indices');
    const x = gatherInputs(ops, this.#examples, indices);
    const targets = gatherTargets(ops, this.#examples, indices);
    const outputs = this.#tta
      ? mirroredForward(ops, this.#model, x)
      : this.#model.forward(ops, x, { training: false });
    const { loss: dataLoss, predictions } = this.#loss.build().forward(ops, outputs, targets);
    const loss = this.#l2 > 0 ? addL2Penalty(ops, dataLoss, this.#model.parameters, this.#l2) : dataLoss;
    const predicted = this.#loss.targets === 'classes' ? ops.argmax(outputs) : null;
    const results = [loss, ...(predicted ? [predicted] : []), predictions];
    const program = ops.finish(`evaluation, batch ${size}`, results);
    const executable = await this.#engine.compile(program);
    return { indices, loss, predicted, predictions, executable };
  }
}
