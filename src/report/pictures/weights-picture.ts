import type { Sequential } from '../../layers/sequential.ts';
import type { NamedValues } from '../../model/safetensors.ts';
import { type Shape, sizeOf } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { contactSheet } from './contact-sheet.ts';
import { divergingColour } from './diverging-colour.ts';

/** The weights of a network's first layer, each unit's or filter's as a small picture. */
export interface WeightsPicture {
  readonly png: Uint8Array;
  /** `dense_1`. */
  readonly layer: string;
  /** Whether units of a dense layer are shown, or filters of a convolution. */
  readonly kind: 'units' | 'filters';
  /** How many are shown, and how many there are. */
  readonly shown: number;
  readonly count: number;
  /** Shape of one picture: [height, width, channels], the channels side by side. */
  readonly shape: Shape;
  /** The size of a weight from which on colours are full. */
  readonly strongest: number;
}

const maxShown = 64;
const columns = 8;
/** Pictures of a few pixels are enlarged to about this height. */
const pictureHeight = 56;
/** A few large weights do not take the colour from all others. */
const fullColourQuantile = 0.99;

/**
 * Pictures of the first kernel that sees an image: blue is negative, white 0, red positive, on one scale for all.
 *
 * @returns null if the first kernel sees no image: after global pooling, say, or if there is none
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
  // a column of white between two channels
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

/** The shape of the image whose pixels are the rows of a dense layer's kernel; null if they are none. */
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

/** The smallest of the values below or at which a share `q` of them lies. */
function quantile(values: Float32Array, q: number): number {
  return values.toSorted()[Math.max(Math.ceil(q * values.length) - 1, 0)]!;
}
