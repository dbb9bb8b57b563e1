import { RandomStream } from '../tensor/random.ts';
import { expectRank } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { defineLayer, type LayerType } from './define-layer.ts';
import { glorotUniform, type Initializer } from './initializers.ts';
import { kept, type LayerSpec } from './layer.ts';
import { initializer, optional, positiveInteger, required } from './options.ts';
import { makeParameter } from './parameter.ts';

/**
 * Fully connected layer with `units` outputs: y = x·W + b.
 *
 *     x [n, in]   W [in, units]   b [units]   y [n, units]
 *
 * Backward, with dy = ∂loss/∂y (docs/dense.md derives it):
 *
 *     dW = xᵀ·dy      db = Σₙ dy      dx = dy·Wᵀ
 */
export function dense(units: number, options: DenseOptions = {}): LayerSpec {
  return denseLayer.spec({ units, ...options });
}

export interface DenseOptions {
  /** Initial kernel; Glorot uniform by default. Biases start at 0. */
  readonly initializer?: Initializer;
}

export const denseLayer: LayerType<{ readonly units: number } & DenseOptions> = defineLayer({
  type: 'dense',
  options: { units: required(positiveInteger), initializer: optional(initializer) },
  build({ units, initializer = glorotUniform }, { name, inputShape, seed, tensor }) {
    expectRank(inputShape, 1, `${name}: input of one example (put flatten() before dense)`);
    const fanIn = inputShape[0]!;
    const kernel = tensor([fanIn, units], `${name}/kernel`, (values) =>
      initializer(values, fanIn, units, new RandomStream(seed, `${name}/kernel`)),
    );
    const weight = makeParameter(kernel, { decay: true, tensor });
    const bias = makeParameter(tensor([units], `${name}/bias`), { decay: false, tensor });
    let x: Tensor | undefined;
    return {
      name,
      outputShape: [units],
      parameters: [weight, bias],
      forward(ops, input) {
        x = input; // dW needs it
        return ops.addBias(ops.matmul(input, weight.value), bias.value);
      },
      backward(ops, dy) {
        ops.matmul(kept(x, name), dy, { transposeA: true, out: weight.gradient }); // dW = xᵀ·dy
        ops.sumRows(dy, { out: bias.gradient }); // db = Σₙ dy
        return ops.matmul(dy, weight.value, { transposeB: true }); // dx = dy·Wᵀ
      },
    };
  },
});
