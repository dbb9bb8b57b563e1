import type { Sequential } from '../layers/sequential.ts';
import { softmaxCrossEntropy } from '../layers/softmax-cross-entropy.ts';
import { buildModel, type ModelOptions } from '../model/build-model.ts';
import type { NamedValues } from '../model/safetensors.ts';
import { setWeights } from '../model/weights.ts';
import { EagerOps } from '../tensor/reference/eager.ts';
import { type FloatArray, Tensor } from '../tensor/tensor.ts';

/** A derivative beside what a small change really does, for one image, in double precision by the reference. */
export interface Nudge {
  readonly tensor: string;
  readonly index: number;
  readonly value: number;
  /** ∂loss/∂value, by the backward pass. */
  readonly derivative: number;
  readonly loss: number;
  /** What is added to the value, and taken from it. */
  readonly change: number;
  readonly lossAbove: number;
  readonly lossBelow: number;
  /** (lossAbove − lossBelow) / (2 · change). */
  readonly difference: number;
}

/** In double precision, the error of a central difference is smallest near the third root of the rounding of a number. */
const change = 1e-5;

export interface NudgedNetwork extends Omit<ModelOptions, 'dtype'> {
  readonly layers: unknown;
  readonly weights: ReadonlyMap<string, NamedValues>;
}

/**
 * Changes a weight, or a pixel of the image, by a little.
 *
 * @param pixels of the image, from 0 to 1
 * @param tensor the name of a parameter, or `image`
 * @param index into its values, row-major
 * @throws RangeError in one line if there is no such number
 */
export function nudge(
  network: NudgedNetwork,
  { pixels, label }: { readonly pixels: ArrayLike<number>; readonly label: number },
  tensor: string,
  index: number,
): Nudge {
  const { layers, weights, ...options } = network;
  const model = buildModel(layers, { ...options, dtype: 'float64' });
  setWeights(model, weights, options.source);
  const image = Tensor.from('float64', [1, ...model.inputShape], Float64Array.from(pixels), 'image');
  const labels = Tensor.from('int32', [1], Int32Array.of(label), 'label');
  const { loss, pixelGradient } = passes(model, image, labels);
  const { values, gradient } = find(model, tensor, { values: image.values, gradient: pixelGradient });
  const value = values[index];
  if (value === undefined) {
    throw new RangeError(`${tensor} has ${values.length} numbers, from 0; asked for is number ${index}`);
  }
  const derivative = gradient[index]!;
  const lossWith = (changed: number): number => {
    values[index] = changed;
    const { loss: other } = forward(model, image, labels);
    values[index] = value;
    return other;
  };
  const [lossAbove, lossBelow] = [lossWith(value + change), lossWith(value - change)];
  return {
    tensor,
    index,
    value,
    derivative,
    loss,
    change,
    lossAbove,
    lossBelow,
    difference: (lossAbove - lossBelow) / (2 * change),
  };
}

interface Found {
  readonly values: FloatArray;
  readonly gradient: FloatArray;
}

function find(model: Sequential, tensor: string, image: Found): Found {
  if (tensor === 'image') return image;
  const parameter = model.parameters.find(({ name }) => name === tensor);
  if (parameter === undefined) {
    const names = model.parameters.map(({ name }) => name).join(', ');
    throw new RangeError(`there is no ${tensor}; there are image, ${names}`);
  }
  return { values: parameter.value.values, gradient: parameter.gradient.values };
}

function forward(model: Sequential, image: Tensor, labels: Tensor<'int32'>) {
  const ops = new EagerOps();
  const lossOps = softmaxCrossEntropy().build();
  const outputs = model.forward(ops, image, { training: false });
  return { ops, lossOps, loss: lossOps.forward(ops, outputs, labels).loss.values[0]! };
}

function passes(
  model: Sequential,
  image: Tensor,
  labels: Tensor<'int32'>,
): { readonly loss: number; readonly pixelGradient: FloatArray } {
  const { ops, lossOps, loss } = forward(model, image, labels);
  const pixelGradient = model.backward(ops, lossOps.backward(ops)).values;
  return { loss, pixelGradient };
}
