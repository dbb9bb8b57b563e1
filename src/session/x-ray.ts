import type { LabelledImages } from '../data/examples.ts';
import { CompiledPrograms } from '../engine/compiled-programs.ts';
import type { Engine, Executable } from '../engine/engine.ts';
import type { Sequential } from '../layers/sequential.ts';
import { softmaxCrossEntropy } from '../layers/softmax-cross-entropy.ts';
import { Recorder } from '../tensor/recorder.ts';
import type { Shape } from '../tensor/shape.ts';
import { Tensor } from '../tensor/tensor.ts';
import { gatherInputs, gatherTargets } from '../train/gather.ts';

/** All numbers of a network for some images, as it predicts them, and how the loss depends on each. */
export interface XRay {
  /** Steps done. */
  readonly step: number;
  /** Number of images. */
  readonly count: number;
  /** −log of the probability of the true class, the mean over the images. */
  readonly loss: number;
  /** [count, classes]. */
  readonly probabilities: Float32Array;
  /** The true classes [count]. */
  readonly labels: Uint8Array;
  /** The pixels [count, height, width, channels], from 0 to 1, and ∂loss/∂pixel. */
  readonly image: Values;
  /** In order. The input of a layer is the output of the one before it, or the image. */
  readonly layers: readonly LayerValues[];
}

/** Numbers of a tensor, and the derivative of the loss by each. */
export interface Values {
  readonly shape: Shape;
  readonly values: Float32Array;
  readonly gradient: Float32Array;
}

export interface LayerValues {
  readonly name: string;
  /** [count, …shape of its output]. */
  readonly output: Values;
  readonly parameters: readonly (Values & { readonly name: string })[];
}

interface CompiledXRay {
  readonly indices: Tensor<'int32'>;
  readonly loss: Tensor;
  readonly probabilities: Tensor;
  /** Of the image, then of each layer: values and gradients. */
  readonly values: readonly Tensor[];
  readonly gradients: readonly Tensor[];
  readonly executable: Executable;
}

/** Looks into a network, with the weights that the engine has at that moment, which stay as they are. */
export class XRays {
  readonly #model: Sequential;
  readonly #examples: LabelledImages;
  readonly #engine: Engine;
  /** By the number of images. */
  readonly #programs = new CompiledPrograms<number, CompiledXRay>();

  constructor(model: Sequential, examples: LabelledImages, engine: Engine) {
    this.#model = model;
    this.#examples = examples;
    this.#engine = engine;
  }

  /** @param positions of the images in their data set @throws RangeError for one that it does not have */
  async look(positions: readonly number[], step: number): Promise<XRay> {
    const labels = this.#examples.y.values;
    const wrong = positions.find((position) => !(position >= 0 && position < labels.length));
    if (wrong !== undefined || positions.length === 0) {
      throw new RangeError(`there are ${labels.length} images, from 0; asked for is ${wrong ?? 'none'}`);
    }
    const compiled = await this.#programs.get(positions.length, () => this.#compile(positions.length));
    this.#engine.write(compiled.indices, positions);
    await compiled.executable.run();
    const read = async (tensor: Tensor): Promise<Float32Array> =>
      Float32Array.from(await this.#engine.read(tensor));
    const both = async (values: Tensor, gradient: Tensor): Promise<Values> => ({
      shape: values.shape,
      values: await read(values),
      gradient: await read(gradient),
    });
    const layers: LayerValues[] = [];
    for (const [index, { name, parameters }] of this.#model.layers.entries()) {
      const output = await both(compiled.values[index + 1]!, compiled.gradients[index + 1]!);
      const own: (Values & { name: string })[] = [];
      for (const parameter of parameters) {
        own.push({ name: parameter.name, ...(await both(parameter.value, parameter.gradient)) });
      }
      layers.push({ name, output, parameters: own });
    }
    return {
      step,
      count: positions.length,
      loss: (await read(compiled.loss))[0]!,
      probabilities: await read(compiled.probabilities),
      labels: Uint8Array.from(positions, (position) => labels[position]!),
      image: await both(compiled.values[0]!, compiled.gradients[0]!),
      layers,
    };
  }

  release(): void {
    this.#programs.release();
  }

  async #compile(count: number): Promise<CompiledXRay> {
    const ops = new Recorder();
    const indices = Tensor.zeros('int32', [count], 'indices');
    const image = gatherInputs(ops, this.#examples, indices);
    const targets = gatherTargets(ops, this.#examples, indices);
    const { layers } = this.#model;
    const values = [image];
    for (const layer of layers) values.push(layer.forward(ops, values.at(-1)!, { training: false }));
    const lossOps = softmaxCrossEntropy().build();
    const { loss, predictions } = lossOps.forward(ops, values.at(-1)!, targets);
    const gradients = [lossOps.backward(ops)];
    for (const layer of layers.toReversed()) gradients.unshift(layer.backward(ops, gradients[0]!));
    const outputs = [loss, predictions, ...values, ...gradients];
    const executable = await this.#engine.compile(ops.finish(`x-ray of ${count} images`, outputs));
    return { indices, loss, probabilities: predictions, values, gradients, executable };
  }
}
