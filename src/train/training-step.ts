import { SoftmaxCrossEntropy } from '../layers/softmax-cross-entropy.ts';
import type { Sequential } from '../layers/sequential.ts';
import type { Augmentation } from '../data/augment.ts';
import type { Examples } from '../data/idx/idx-folder.ts';
import { clipGradients } from '../optim/clip.ts';
import { addL2Gradient, addL2Penalty } from '../optim/l2.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import type { Engine, Executable } from '../engine/engine.ts';
import type { Program } from '../tensor/program.ts';
import { Recorder } from '../tensor/recorder.ts';
import { Tensor } from '../tensor/tensor.ts';
import { transformSize } from '../tensor/warp.ts';

/** A byte 0 … 255 becomes a number in [0, 1]. */
export const pixelScale: number = 1 / 255;

/** Everything one step of training reads that is not the model: fixed for a run, but for the last three. */
export interface TrainingInputs {
  readonly model: Sequential;
  readonly examples: Examples;
  readonly optimizer: Optimizer;
  /** λ of the L2 penalty; 0 for none. */
  readonly l2: number;
  /** α of the loss in training, in [0, 1); 0 by default. */
  readonly labelSmoothing?: number;
  /** float32 [classes]: weights of the loss in training; all 1 if left out. */
  readonly classWeights?: Tensor | undefined;
  /** Largest norm of all gradients together, those of the penalty included; no limit if left out. */
  readonly gradientClip?: number | undefined;
  /** Changes images at random before they are learnt from; none if left out. */
  readonly augmentation?: Augmentation;
  /** int32 [1]: number of the step, from 1. */
  readonly step: Tensor<'int32'>;
  /** float32 [1]: sum over the epoch so far of batch size · loss of the batch. */
  readonly lossTotal: Tensor<'float32'>;
  /** float32 [1]: number of images classified right in the epoch so far, each before its own step. */
  readonly correctTotal: Tensor<'float32'>;
}

/**
 * Records one step of training on the batch `indices` [n]: gather, forward, loss, backward, update, totals.
 * This is the whole of how the network learns; the engine sees nothing but this list of operations. With
 * `transforms` [n, 10], the images are changed as these say.
 */
export function recordTrainingStep(
  inputs: TrainingInputs,
  indices: Tensor<'int32'>,
  transforms: Tensor<'float32'> | null = null,
): Program {
  const { model, examples, optimizer, l2 } = inputs;
  const ops = new Recorder();
  const loss = new SoftmaxCrossEntropy(inputs.labelSmoothing, inputs.classWeights);

  const images = ops.gatherImages(examples.images, indices, pixelScale);
  const x = transforms ? ops.warpImages(images, transforms) : images;
  const labels = ops.gatherLabels(examples.labels, indices);

  const logits = model.forward(ops, x, { training: true, step: inputs.step });
  const { loss: dataLoss, probabilities } = loss.forward(ops, logits, labels);

  model.backward(ops, loss.backward(ops));

  const penalised = l2 > 0 ? addL2Penalty(ops, dataLoss, model.parameters, l2) : dataLoss;
  if (l2 > 0) addL2Gradient(ops, model.parameters, l2);
  if (inputs.gradientClip !== undefined) clipGradients(ops, model.parameters, inputs.gradientClip);
  ops.addScaled(inputs.lossTotal, penalised, indices.size);
  ops.addScaled(inputs.correctTotal, ops.countEqual(ops.argmax(probabilities), labels), 1);

  optimizer.record(ops, model.parameters);
  return ops.finish(`training step, batch ${indices.size}`);
}

interface CompiledStep {
  readonly indices: Tensor<'int32'>;
  /** Null without augmentation. */
  readonly transforms: Tensor<'float32'> | null;
  readonly executable: Executable;
}

/** Training steps for batches of any size: recorded and compiled once for each size that occurs. */
export class TrainingSteps {
  readonly #inputs: TrainingInputs;
  readonly #engine: Engine;
  readonly #bySize = new Map<number, CompiledStep>();

  constructor(inputs: TrainingInputs, engine: Engine) {
    this.#inputs = inputs;
    this.#engine = engine;
  }

  /** Trains on one batch as step number `step`, at a learning rate; augmentation differs from epoch to epoch. */
  async run(batch: Int32Array, step: number, learningRate: number, epoch = 1): Promise<void> {
    const compiled = this.#bySize.get(batch.length) ?? (await this.#compile(batch.length));
    const { indices, transforms, executable } = compiled;
    const { augmentation, optimizer } = this.#inputs;
    this.#engine.write(indices, batch);
    if (augmentation && transforms) {
      this.#engine.write(transforms, augmentation.transforms(batch, epoch));
    }
    this.#engine.write(this.#inputs.step, [step]);
    this.#engine.write(optimizer.coefficients, optimizer.coefficientsAt(step, learningRate));
    await executable.run();
  }

  /** Compiles the step for batches of a size before the first of them comes. */
  async prepare(size: number): Promise<void> {
    if (!this.#bySize.has(size)) await this.#compile(size);
  }

  async #compile(size: number): Promise<CompiledStep> {
    const indices = Tensor.zeros('int32', [size], 'indices');
    const transforms = this.#inputs.augmentation?.active
      ? Tensor.zeros('float32', [size, transformSize], 'transforms')
      : null;
    const executable = await this.#engine.compile(recordTrainingStep(this.#inputs, indices, transforms));
    const compiled = { indices, transforms, executable };
    this.#bySize.set(size, compiled);
    return compiled;
  }
}
