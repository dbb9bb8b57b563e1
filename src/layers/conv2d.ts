import { RandomStream } from '../tensor/random.ts';
import { expectRank } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Padding, windowGeometry } from '../tensor/window.ts';
import { defineLayer, type LayerType } from './define-layer.ts';
import { glorotUniform, type Initializer } from './initializers.ts';
import { kept, type LayerSpec } from './layer.ts';
import {
  initializer,
  optional,
  padding,
  pair,
  positiveInteger,
  required,
  type Size,
  size,
} from './options.ts';
import { makeParameter } from './parameter.ts';

/**
 * Convolution: y[pixel] = Σ over the window of x · W, plus b, for each of `filters`.
 *
 *     x [n, h, w, c]   W [kh, kw, c, filters]   b [filters]   y [n, oh, ow, filters]
 *
 * Each output pixel is a dense layer on its window, with the same weights for every pixel. So backward is
 * that of dense, summed over the windows (docs/conv2d.md derives it), for each tap, a position in the window:
 *
 *     dW[tap] = Σ pixels x[under the tap]ᵀ·dy      db = Σ pixels dy      dx[under the tap] += dy·W[tap]ᵀ
 */
export function conv2d(filters: number, options: Conv2dOptions = {}): LayerSpec {
  return conv2dLayer.spec({ filters, ...options });
}

export interface Conv2dOptions {
  /** Height and width of the filter, or one number for both; 3 by default. */
  readonly kernelSize?: Size;
  /** Pixels from one window to the next; 1 by default. */
  readonly stride?: Size;
  /** As Keras defines them; `valid` by default. */
  readonly padding?: Padding;
  /** Initial filter; Glorot uniform by default. Biases start at 0. */
  readonly initializer?: Initializer;
}

export const conv2dLayer: LayerType<{ readonly filters: number } & Conv2dOptions> = defineLayer({
  type: 'conv2d',
  options: {
    filters: required(positiveInteger),
    kernelSize: optional(size),
    stride: optional(size),
    padding: optional(padding),
    initializer: optional(initializer),
  },
  build(options, { name, inputShape, seed, tensor }) {
    expectRank(inputShape, 3, `${name}: input of one example`);
    const { filters, padding = 'valid', initializer = glorotUniform } = options;
    const size = pair(options.kernelSize ?? 3);
    const window = { stride: pair(options.stride ?? 1), padding };
    const image = inputShape.slice(0, 2);
    const { outputHeight, outputWidth } = windowGeometry(image, size, window.stride, padding, name);
    const channels = inputShape[2]!;
    const taps = size[0] * size[1];
    const kernel = tensor([...size, channels, filters], `${name}/kernel`, (values) =>
      initializer(values, taps * channels, taps * filters, new RandomStream(seed, `${name}/kernel`)),
    );
    const filter = makeParameter(kernel, { decay: true, tensor });
    const bias = makeParameter(tensor([filters], `${name}/bias`), { decay: false, tensor });
    let x: Tensor | undefined;
    return {
      name,
      outputShape: [outputHeight, outputWidth, filters],
      parameters: [filter, bias],
      forward(ops, input) {
        x = input; // dW needs it
        return ops.addBias(ops.conv2d(input, filter.value, window), bias.value);
      },
      backward(ops, dy) {
        const input = kept(x, name);
        const dx = ops.conv2dBackwardInput(dy, filter.value, input.shape, window);
        ops.conv2dBackwardFilter(input, dy, { ...window, out: filter.gradient });
        ops.sumRows(dy, { out: bias.gradient });
        return dx;
      },
    };
  },
});
