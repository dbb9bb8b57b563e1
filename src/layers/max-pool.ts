import { expectRank } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Padding, windowGeometry } from '../tensor/window.ts';
import { defineLayer, type LayerType } from './define-layer.ts';
import { kept, type LayerSpec } from './layer.ts';
import { optional, padding, pair, type Size, size } from './options.ts';

/**
 * The largest pixel of each window, channel by channel: x [n, h, w, c] becomes y [n, oh, ow, c]. y depends on that
 * pixel alone, so backward adds dy to its gradient and leaves the others at 0. docs/max-pooling.md has the derivation.
 */
export function maxPool2d(options: MaxPool2dOptions = {}): LayerSpec {
  return maxPool2dLayer.spec(options);
}

export interface MaxPool2dOptions {
  /** Height and width of the window, or one number for both; 2 by default. */
  readonly poolSize?: Size;
  /** Pixels from one window to the next; the size of the window by default. */
  readonly stride?: Size;
  /** As Keras defines them; `valid` by default. */
  readonly padding?: Padding;
}

export const maxPool2dLayer: LayerType<MaxPool2dOptions> = defineLayer({
  type: 'max_pool2d',
  options: { poolSize: optional(size), stride: optional(size), padding: optional(padding) },
  build({ poolSize = 2, stride = poolSize, padding = 'valid' }, { name, inputShape }) {
    expectRank(inputShape, 3, `${name}: input of one example`);
    const size = pair(poolSize);
    const window = { stride: pair(stride), padding };
    const image = inputShape.slice(0, 2);
    const { outputHeight, outputWidth } = windowGeometry(image, size, window.stride, padding, name);
    let forward: { readonly x: Tensor; readonly argmax: Tensor<'int32'> } | undefined;
    return {
      name,
      outputShape: [outputHeight, outputWidth, inputShape[2]!],
      parameters: [],
      forward(ops, x) {
        const { y, argmax } = ops.maxPool2d(x, size, window);
        forward = { x, argmax };
        return y;
      },
      backward(ops, dy) {
        const { x, argmax } = kept(forward, name);
        return ops.maxPool2dBackward(dy, argmax, x.shape, size, window);
      },
    };
  },
});
