import type { Ops, WindowOptions } from '../tensor/ops.ts';
import type { Parameter } from '../tensor/parameter.ts';
import { RandomStream } from '../tensor/random.ts';
import { expectRank, type Shape } from '../tensor/shape.ts';
import { Tensor } from '../tensor/tensor.ts';
import { type Padding, windowGeometry } from '../tensor/window.ts';
import { glorotUniform, type Initializer } from './initializers.ts';
import { type BuildContext, kept, type Layer, type LayerSpec } from './layer.ts';
import { makeParameter } from './parameter.ts';

export interface Conv2dOptions {
  /** Height and width of the filter, or one number for both; 3 by default. */
  readonly kernelSize?: number | readonly [number, number];
  /** Pixels from one window to the next; 1 by default. */
  readonly stride?: number | readonly [number, number];
  /** As Keras defines them; `valid` by default. */
  readonly padding?: Padding;
  /** Initial filter; Glorot uniform by default. Biases start at 0. */
  readonly initializer?: Initializer;
}

/**
 * Convolution with `filters` outputs: y[pixel] = Σ over the window of x · W, plus b.
 *
 *     x [n, h, w, c]   W [kh, kw, c, filters]   b [filters]   y [n, oh, ow, filters]
 *
 * Each output pixel is a dense layer on the window above it, with the same weights everywhere. So backward is
 * that of dense, summed over the windows:
 *
 *     dW[tap] = Σ pixels x[under the tap]ᵀ·dy      db = Σ pixels dy      dx[under the tap] += dy·W[tap]ᵀ
 */
export function conv2d(filters: number, options: Conv2dOptions = {}): LayerSpec {
  if (!Number.isSafeInteger(filters) || filters < 1) {
    throw new RangeError(`conv2d: filters must be a positive integer, got ${filters}`);
  }
  return { type: 'conv2d', build: (context) => new Conv2d(filters, options, context) };
}

/** One number for both directions, or two. */
export function pair(size: number | readonly [number, number], what: string): readonly [number, number] {
  const both = typeof size === 'number' ? ([size, size] as const) : size;
  if (!both.every((value) => Number.isSafeInteger(value) && value > 0)) {
    throw new RangeError(`${what} must be a positive integer or two of them, got ${size.toString()}`);
  }
  return both;
}

class Conv2d implements Layer {
  readonly name: string;
  readonly outputShape: Shape;
  readonly parameters: readonly Parameter[];
  readonly #filter: Parameter;
  readonly #bias: Parameter;
  readonly #window: Required<WindowOptions>;
  #x: Tensor | undefined;

  constructor(filters: number, options: Conv2dOptions, { name, inputShape, seed, dtype }: BuildContext) {
    expectRank(inputShape, 3, `${name}: input of one example`);
    const size = pair(options.kernelSize ?? 3, 'conv2d: kernelSize');
    const stride = pair(options.stride ?? 1, 'conv2d: stride');
    const padding = options.padding ?? 'valid';
    const initializer = options.initializer ?? glorotUniform;
    const { outputHeight, outputWidth } = windowGeometry(inputShape.slice(0, 2), size, stride, padding, name);
    const channels = inputShape[2]!;
    const filter = Tensor.zeros(dtype, [...size, channels, filters], `${name}/kernel`);
    const taps = size[0] * size[1];
    initializer(filter.values, taps * channels, taps * filters, new RandomStream(seed, filter.name));
    this.name = name;
    this.outputShape = [outputHeight, outputWidth, filters];
    this.#window = { stride, padding };
    this.#filter = makeParameter(filter, true);
    this.#bias = makeParameter(Tensor.zeros(dtype, [filters], `${name}/bias`), false);
    this.parameters = [this.#filter, this.#bias];
  }

  forward(ops: Ops, x: Tensor): Tensor {
    this.#x = x; // dW needs it
    return ops.addBias(ops.conv2d(x, this.#filter.value, this.#window), this.#bias.value);
  }

  backward(ops: Ops, dy: Tensor): Tensor {
    const x = kept(this.#x, this.name);
    const dx = ops.conv2dBackwardInput(dy, this.#filter.value, x.shape, this.#window);
    ops.conv2dBackwardFilter(x, dy, { ...this.#window, out: this.#filter.gradient });
    ops.sumRows(dy, { out: this.#bias.gradient });
    return dx;
  }
}
