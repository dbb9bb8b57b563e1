import type { LayerDescription } from '../layers/layer.ts';
import { pair, type Size } from '../layers/options.ts';
import type { Shape } from '../tensor/shape.ts';
import { type Padding, windowGeometry } from '../tensor/window.ts';
import type { LayerValues, Values, XRay } from './x-ray.ts';

/** One product of a sum. */
export interface Term {
  /** Where the input is: [i], or [row, column, channel]. */
  readonly at: readonly number[];
  readonly input: number;
  /** Where the weight is in the kernel, row-major. */
  readonly weightIndex: number;
  readonly weight: number;
}

/**
 * One unit in numbers, forward and backward:
 *
 *     y = Σ input · weight + bias      ∂loss/∂weight = input · ∂loss/∂y      ∂loss/∂input gets weight · ∂loss/∂y
 */
export interface UnitSum {
  readonly layer: string;
  readonly unit: readonly number[];
  readonly terms: readonly Term[];
  readonly bias: number;
  /** Added up here, in double precision. */
  readonly sum: number;
  /** What the engine has. */
  readonly output: number;
  /** ∂loss/∂y of this unit. */
  readonly gradient: number;
}

/**
 * The sum of one unit of a dense layer or a convolution, for an image.
 *
 * @param layers of the network, as a model file has them
 * @param xRay of that image
 * @param unit [unit], or [row, column, filter]
 * @throws RangeError in one line if there is no such layer or unit, or if the layer is no sum
 */
export function unitSum(
  xRay: XRay,
  layers: readonly LayerDescription[],
  name: string,
  unit: readonly number[],
): UnitSum {
  const index = xRay.layers.findIndex((layer) => layer.name === name);
  const names = xRay.layers.map((layer) => layer.name).join(', ');
  if (index < 0) throw new RangeError(`there is no layer ${name}; the layers are ${names}`);
  const layer = xRay.layers[index]!;
  const description = layers[index]!;
  const input = index === 0 ? xRay.image : xRay.layers[index - 1]!.output;
  const place = placeOf(unit, layer);
  const terms = termsOf(description, { input, layer, unit });
  const [, bias] = layer.parameters;
  const biasValue = bias!.values[unit.at(-1)!]!;
  return {
    layer: name,
    unit,
    terms,
    bias: biasValue,
    sum: terms.reduce((sum, term) => sum + term.input * term.weight, biasValue),
    output: layer.output.values[place]!,
    gradient: layer.output.gradient[place]!,
  };
}

interface UnitOf {
  readonly input: Values;
  readonly layer: LayerValues;
  readonly unit: readonly number[];
}

function termsOf({ type, ...options }: LayerDescription, of: UnitOf): Term[] {
  if (type === 'dense') return denseTerms(of);
  if (type === 'conv2d') return convolutionTerms(of, options);
  throw new RangeError(
    `${of.layer.name} is no sum with weights: ask for a unit of a dense layer or a convolution`,
  );
}

function denseTerms({ input, layer, unit }: UnitOf): Term[] {
  const kernel = layer.parameters[0]!;
  const units = kernel.shape[1]!;
  return Array.from(input.values, (value, i) => {
    const weightIndex = i * units + unit[0]!;
    return { at: [i], input: value, weightIndex, weight: kernel.values[weightIndex]! };
  });
}

function convolutionTerms(
  { input, layer, unit }: UnitOf,
  options: { readonly stride?: Size; readonly padding?: Padding },
): Term[] {
  const kernel = layer.parameters[0]!;
  const [kernelHeight, kernelWidth, channels, filters] = kernel.shape as [number, number, number, number];
  const [, height, width] = input.shape as [number, number, number, number];
  const window = windowGeometry(
    [height, width],
    [kernelHeight, kernelWidth],
    pair(options.stride ?? 1),
    options.padding ?? 'valid',
    layer.name,
  );
  const [row, column, filter] = unit as [number, number, number];
  const terms: Term[] = [];
  for (let ky = 0; ky < kernelHeight; ky++) {
    for (let kx = 0; kx < kernelWidth; kx++) {
      const y = row * window.strideY - window.padTop + ky;
      const x = column * window.strideX - window.padLeft + kx;
      // beside the image all is 0
      if (y < 0 || y >= height || x < 0 || x >= width) continue;
      for (let channel = 0; channel < channels; channel++) {
        const weightIndex = ((ky * kernelWidth + kx) * channels + channel) * filters + filter;
        terms.push({
          at: [y, x, channel],
          input: input.values[(y * width + x) * channels + channel]!,
          weightIndex,
          weight: kernel.values[weightIndex]!,
        });
      }
    }
  }
  return terms;
}

/** The place of a unit in the output of its layer for the first image. */
function placeOf(unit: readonly number[], { name, output }: LayerValues): number {
  const shape: Shape = output.shape.slice(1);
  const fits =
    unit.length === shape.length &&
    unit.every((at, axis) => Number.isSafeInteger(at) && at >= 0 && at < shape[axis]!);
  if (!fits) {
    throw new RangeError(
      `${name} has units of [${shape.join(', ')}], from 0; asked for is [${unit.join(', ')}]`,
    );
  }
  return unit.reduce((place, at, axis) => place * shape[axis]! + at, 0);
}
