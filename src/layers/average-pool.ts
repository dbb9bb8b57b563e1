import { expectRank } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { windowGeometry } from '../tensor/window.ts';
import { pair } from './conv2d.ts';
import { kept, type LayerSpec } from './layer.ts';
import type { MaxPool2dOptions } from './max-pool.ts';

/** Those of max-pooling: `poolSize`, `stride`, `padding`. */
export type AveragePool2dOptions = MaxPool2dOptions;

/**
 * The mean of each window, channel by channel: x [n, h, w, c] becomes y [n, oh, ow, c]. Under `same` padding,
 * where a window sticks out, it is the mean of the pixels inside the image, as in Keras. Each pixel had its share
 * in y, one over their number, so backward hands each this share of dy.
 */
export function averagePool2d(options: AveragePool2dOptions = {}): LayerSpec {
  const size = pair(options.poolSize ?? 2, 'averagePool2d: poolSize');
  const stride = pair(options.stride ?? size, 'averagePool2d: stride');
  const window = { stride, padding: options.padding ?? 'valid' };
  return {
    type: 'average_pool2d',
    build({ name, inputShape }) {
      expectRank(inputShape, 3, `${name}: input of one example`);
      const image = inputShape.slice(0, 2);
      const { outputHeight, outputWidth } = windowGeometry(image, size, stride, window.padding, name);
      let x: Tensor | undefined;
      return {
        name,
        outputShape: [outputHeight, outputWidth, inputShape[2]!],
        parameters: [],
        forward: (ops, input) => ops.averagePool2d((x = input), size, window),
        backward: (ops, dy) => ops.averagePool2dBackward(dy, kept(x, name).shape, size, window),
      };
    },
  };
}

/**
 * The mean of each channel over the whole image: x [n, h, w, c] becomes y [n, c]. It takes the place of `flatten`
 * before the last dense layer, which then needs few weights: Lin, Chen and Yan, "Network in network" (2014),
 * section 3.2. It is average pooling with a window as large as the image.
 */
export function globalAveragePool(): LayerSpec {
  return {
    type: 'global_average_pool2d',
    build({ name, inputShape }) {
      expectRank(inputShape, 3, `${name}: input of one example`);
      const [height, width, channels] = inputShape as readonly [number, number, number];
      const size = [height, width] as const;
      let x: Tensor | undefined;
      return {
        name,
        outputShape: [channels],
        parameters: [],
        forward: (ops, input) => ops.averagePool2d((x = input), size).reshape([input.shape[0]!, channels]),
        backward: (ops, dy) => {
          const { shape } = kept(x, name);
          return ops.averagePool2dBackward(dy.reshape([shape[0]!, 1, 1, channels]), shape, size);
        },
      };
    },
  };
}
