import type { Ops } from '../tensor/ops.ts';
import type { Parameter } from '../tensor/parameter.ts';
import type { Tensor } from '../tensor/tensor.ts';

/**
 * The L2 penalty, as Keras's `regularizers.l2(λ)` defines it: λ·Σw² over all kernels, without a factor ½ and
 * without biases. The reported loss includes it.
 *
 * @returns loss [1] plus the penalty
 */
export function addL2Penalty(
  ops: Ops,
  loss: Tensor,
  parameters: readonly Parameter[],
  lambda: number,
): Tensor {
  return parameters
    .filter((parameter) => parameter.decay)
    .reduce((sum, { value }) => ops.add(sum, ops.sumSquares(value, lambda)), loss);
}

/** The derivative of the penalty: dW ← dW + 2λ·W, after the backward pass has written dW. */
export function addL2Gradient(ops: Ops, parameters: readonly Parameter[], lambda: number): void {
  for (const { value, gradient, decay } of parameters) {
    if (decay) ops.addScaled(gradient, value, 2 * lambda);
  }
}
