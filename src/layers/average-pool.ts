import { expectRank, type Shape } from '../tensor/shape.ts';
import { windowGeometry } from '../tensor/window.ts';
import { defineLayer, type LayerType } from './define-layer.ts';
import { kept, type LayerSpec } from './layer.ts';
import type { MaxPool2dOptions } from './max-pool.ts';
import { optional, padding, pair, size } from './options.ts';

/**
 * The mean of each window, channel by channel: x [n, h, w, c] becomes y [n, oh, ow, c]. Under `same` padding, a
 * window that sticks out of the image has the mean of the pixels inside, as in Keras. Each of m pixels has the weight
 * 1/m in y, so backward adds dy/m to the gradient of each.
 */
export function averagePool2d(options: AveragePool2dOptions = {}): LayerSpec {
  return averagePool2dLayer.spec(options);
}

/** The options of max-pooling: `poolSize`, `stride`, `padding`. */
export type AveragePool2dOptions = MaxPool2dOptions;

export const averagePool2dLayer: LayerType<AveragePool2dOptions> = defineLayer({
  type: 'average_pool2d',
  options: { poolSize: optional(size), stride: optional(size), padding: optional(padding) },
  build({ poolSize = 2, stride = poolSize, padding = 'valid' }, { name, inputShape }) {
    expectRank(inputShape, 3, `${name}: input of one example`);
    const size = pair(poolSize);
    const window = { stride: pair(stride), padding };
    const image = inputShape.slice(0, 2);
    const { outputHeight, outputWidth } = windowGeometry(image, size, window.stride, padding, name);
    let shape: Shape | undefined;
    return {
      name,
      outputShape: [outputHeight, outputWidth, inputShape[2]!],
      parameters: [],
      forward(ops, x) {
        shape = x.shape;
        return ops.averagePool2d(x, size, window);
      },
      backward: (ops, dy) => ops.averagePool2dBackward(dy, kept(shape, name), size, window),
    };
  },
});

/**
 * The mean of each channel over the whole image: x [n, h, w, c] becomes y [n, c]. It takes the place of `flatten`
 * before the last dense layer, which then needs few weights: Lin, Chen and Yan, "Network in network" (2014),
 * section 3.2. It is average pooling with a window as large as the image.
 */
export function globalAveragePool(): LayerSpec {
  return globalAveragePoolLayer.spec({});
}

export const globalAveragePoolLayer: LayerType<object> = defineLayer({
  type: 'global_average_pool2d',
  options: {},
  build(_options, { name, inputShape }) {
    expectRank(inputShape, 3, `${name}: input of one example`);
    const [height, width, channels] = inputShape as readonly [number, number, number];
    const size = [height, width] as const;
    let shape: Shape | undefined;
    return {
      name,
      outputShape: [channels],
      parameters: [],
      forward(ops, x) {
        shape = x.shape;
        return ops.averagePool2d(x, size).reshape([x.shape[0]!, channels]);
      },
      backward(ops, dy) {
        const images = kept(shape, name);
        return ops.averagePool2dBackward(dy.reshape([images[0]!, 1, 1, channels]), images, size);
      },
    };
  },
});
