import { expectRank } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Padding, windowGeometry } from '../tensor/window.ts';
import { pair } from './conv2d.ts';
import { kept, type LayerSpec } from './layer.ts';

export interface MaxPool2dOptions {
  /** Height and width of the window, or one number for both; 2 by default. */
  readonly poolSize?: number | readonly [number, number];
  /** Pixels from one window to the next; the size of the window by default. */
  readonly stride?: number | readonly [number, number];
  /** As Keras defines them; `valid` by default. */
  readonly padding?: Padding;
}

/**
 * The largest pixel of each window, channel by channel: x [n, h, w, c] becomes y [n, oh, ow, c]. Only that pixel
 * had a part in y, so backward hands dy to it alone.
 */
export function maxPool2d(options: MaxPool2dOptions = {}): LayerSpec {
  const size = pair(options.poolSize ?? 2, 'maxPool2d: poolSize');
  const stride = pair(options.stride ?? size, 'maxPool2d: stride');
  const window = { stride, padding: options.padding ?? 'valid' };
  return {
    type: 'max_pool2d',
    build({ name, inputShape }) {
      expectRank(inputShape, 3, `${name}: input of one example`);
      const image = inputShape.slice(0, 2);
      const { outputHeight, outputWidth } = windowGeometry(image, size, stride, window.padding, name);
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
  };
}
