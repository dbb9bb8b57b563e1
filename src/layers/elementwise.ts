import { elementwiseFunctions, type ElementwiseName } from '../tensor/elementwise.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type BuildContext, kept, type Layer } from './layer.ts';

/**
 * The layer of an elementwise function, for any shape: y = f(x), dx = dy · f′(x). It keeps x or y, whichever the
 * function's derivative is computed from.
 *
 * @param parameter The slope or α of a function that has one.
 */
export function buildElementwise(
  { name, inputShape }: BuildContext,
  elementwise: ElementwiseName,
  parameter = 0,
): Layer {
  const { keeps } = elementwiseFunctions[elementwise];
  let keptTensor: Tensor | undefined;
  return {
    name,
    outputShape: inputShape,
    parameters: [],
    forward(ops, x) {
      const y = ops.elementwise(x, elementwise, parameter);
      keptTensor = keeps === 'x' ? x : y;
      return y;
    },
    backward: (ops, dy) => ops.elementwiseBackward(kept(keptTensor, name), dy, elementwise, parameter),
  };
}
