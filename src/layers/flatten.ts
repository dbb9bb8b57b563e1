import { type Shape, sizeOf } from '../tensor/shape.ts';
import { defineLayer, type LayerType } from './define-layer.ts';
import { kept, type LayerSpec } from './layer.ts';

/** Makes each example one row: x [n, …shape] becomes y [n, size]. No value moves; backward restores the shape. */
export function flatten(): LayerSpec {
  return flattenLayer.spec({});
}

export const flattenLayer: LayerType<object> = defineLayer({
  type: 'flatten',
  options: {},
  build(_options, { name, inputShape }) {
    const size = sizeOf(inputShape);
    let shape: Shape | undefined;
    return {
      name,
      outputShape: [size],
      parameters: [],
      forward(_ops, x) {
        shape = x.shape;
        return x.reshape([x.shape[0]!, size]);
      },
      backward: (_ops, dy) => dy.reshape(kept(shape, name)),
    };
  },
});
