import type { Sequential } from '../../layers/sequential.ts';
import type { NamedValues } from '../../model/safetensors.ts';
import { type Shape, sizeOf } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { contactSheet } from './contact-sheet.ts';
import { divergingColour } from './diverging-colour.ts';

/** A picture of the weights of a network's first layer: a small image for each unit or filter. */
export interface WeightsPicture {
  readonly png: Uint8Array;
  /** `dense_1`. */
  readonly layer: string;
  /** Units of a dense layer, or filters of a convolution. */
  readonly kind: 'units' | 'filters';
  /** How many units or filters are shown, of how many. */
  readonly shown: number;
  readonly count: number;
  /** Shape of one image: [height, width, channels]. Its channels are side by side. */
  readonly shape: Shape;
  /** Weights of this absolute value or more have the full colour. */
  readonly strongest: number;
}

const maxShown = 64;
const columns = 8;
/** Images are enlarged to about this height, in pixels. */
const pictureHeight = 56;
/** The quantile of the absolute weights that has the full colour: one large weight must not make all others pale. */
const fullColourQuantile = 0.99;

/**
 * Draws the first kernel, if it sees an image: blue is negative, white 0, red positive. All weights have the same scale.
 *
 * @returns null if there is no kernel, or if the first one does not see an image, for example after global pooling
 */
export function firstLayerPicture(
  model: Sequential,
  weights: ReadonlyMap<string, NamedValues>,
): WeightsPicture | null {
  const kernel = model.parameters.find(({ value }) => value.name.endsWith('/kernel'))?.value;
  if (kernel === undefined) return null;
  const isDense = kernel.shape.length === 2;
  const shape = isDense ? imageBefore(model, kernel) : kernel.shape.slice(0, 3);
  if (shape === null) return null;
  const [height, width, channels] = shape as [number, number, number];
  const count = kernel.shape.at(-1)!;
  const shown = Math.min(count, maxShown);
  const { values } = weights.get(kernel.name)!;
  const size = sizeOf(shape);
  const strongest = quantile(values.map(Math.abs), fullColourQuantile) || 1;
  // with a white column between two channels
  const tileWidth = channels * (width + 1) - 1;
  const pictures = Tensor.zeros('float32', [shown, height, tileWidth, 3], 'weights');
  pictures.values.fill(1);
  for (let unit = 0; unit < shown; unit++) {
    for (let at = 0; at < size; at++) {
      const [y, x, c] = [Math.floor(at / channels / width), Math.floor(at / channels) % width, at % channels];
      const pixel = (unit * height + y) * tileWidth + c * (width + 1) + x;
      pictures.values.set(divergingColour(values[at * count + unit]! / strongest), 3 * pixel);
    }
  }
  const scale = Math.max(1, Math.round(pictureHeight / height));
  return {
    png: contactSheet(pictures, { columns: Math.min(columns, shown), scale, gap: 4 }),
    layer: kernel.name.slice(0, kernel.name.lastIndexOf('/')),
    kind: isDense ? 'units' : 'filters',
    shown,
    count,
    shape,
    strongest,
  };
}

/** The shape of the image that a dense layer sees, flattened; null if it does not see one. */
function imageBefore(model: Sequential, kernel: Tensor): Shape | null {
  let image = model.inputShape;
  for (const layer of model.layers) {
    if (layer.parameters.some(({ value }) => value === kernel)) {
      return image.length === 3 && sizeOf(image) === kernel.shape[0] ? image : null;
    }
    if (layer.outputShape.length === 3) image = layer.outputShape;
  }
  return null;
}

/** The smallest value that is at least as large as a share `q` of all values. */
function quantile(values: Float32Array, q: number): number {
  return values.toSorted()[Math.max(Math.ceil(q * values.length) - 1, 0)]!;
}
