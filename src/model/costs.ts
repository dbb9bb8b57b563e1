import type { Layer } from '../layers/layer.ts';
import type { Sequential } from '../layers/sequential.ts';
import { flopsOf } from '../tensor/operation-facts.ts';
import { Recorder } from '../tensor/recorder.ts';
import type { Shape } from '../tensor/shape.ts';
import { bytesPerElement, Tensor } from '../tensor/tensor.ts';

export interface LayerCost {
  readonly name: string;
  /** Without the batch dimension. */
  readonly outputShape: Shape;
  /** Multiply-adds of its products and convolutions for one example, forward. */
  readonly multiplyAdds: number;
  /** Size of its result for one example; 0 if the result is the input itself, or the input under another shape. */
  readonly activationBytes: number;
}

/** What each layer of a network costs for one example. The cost of a layer includes that of the layers inside it. */
export function layerCosts({ inputShape, layers }: Sequential): LayerCost[] {
  return layers.map((layer, index) => {
    const shape = index === 0 ? inputShape : layers[index - 1]!.outputShape;
    return layerCost(layer, shape);
  });
}

function layerCost(layer: Layer, inputShape: Shape): LayerCost {
  const { name, outputShape } = layer;
  const ops = new Recorder();
  const x = Tensor.zeros('float32', [1, ...inputShape], 'x');
  const y = layer.forward(ops, x, { training: false });
  const { operations } = ops.finish(name, [y]);
  return {
    name,
    outputShape,
    multiplyAdds: operations.reduce((sum, operation) => sum + flopsOf(operation), 0) / 2,
    activationBytes: y.storage === x.storage ? 0 : y.size * bytesPerElement.float32,
  };
}
