import type { Ops } from '../tensor/ops.ts';
import type { Parameter } from '../tensor/parameter.ts';
import { RandomStream } from '../tensor/random.ts';
import { expectRank, type Shape } from '../tensor/shape.ts';
import { Tensor } from '../tensor/tensor.ts';
import { glorotUniform, type Initializer } from './initializers.ts';
import { type BuildContext, kept, type Layer, type LayerSpec } from './layer.ts';
import { makeParameter } from './parameter.ts';

export interface DenseOptions {
  /** Initial kernel; Glorot uniform by default. Biases start at 0. */
  readonly initializer?: Initializer;
}

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
  if (!Number.isSafeInteger(units) || units < 1) {
    throw new RangeError(`dense: units must be a positive integer, got ${units}`);
  }
  return {
    type: 'dense',
    build: (context) => new Dense(units, options.initializer ?? glorotUniform, context),
  };
}

class Dense implements Layer {
  readonly name: string;
  readonly outputShape: Shape;
  readonly parameters: readonly Parameter[];
  readonly #weight: Parameter;
  readonly #bias: Parameter;
  #x: Tensor | undefined;

  constructor(units: number, initializer: Initializer, { name, inputShape, seed, dtype }: BuildContext) {
    expectRank(inputShape, 1, `${name}: input of one example (put flatten() before dense)`);
    const fanIn = inputShape[0]!;
    const kernel = Tensor.zeros(dtype, [fanIn, units], `${name}/kernel`);
    initializer(kernel.values, fanIn, units, new RandomStream(seed, kernel.name));
    this.name = name;
    this.outputShape = [units];
    this.#weight = makeParameter(kernel, true);
    this.#bias = makeParameter(Tensor.zeros(dtype, [units], `${name}/bias`), false);
    this.parameters = [this.#weight, this.#bias];
  }

  forward(ops: Ops, x: Tensor): Tensor {
    this.#x = x; // dW needs it
    return ops.addBias(ops.matmul(x, this.#weight.value), this.#bias.value);
  }

  backward(ops: Ops, dy: Tensor): Tensor {
    const x = kept(this.#x, this.name);
    ops.matmul(x, dy, { transposeA: true, out: this.#weight.gradient }); // dW = xᵀ·dy
    ops.sumRows(dy, { out: this.#bias.gradient }); // db = Σₙ dy
    return ops.matmul(dy, this.#weight.value, { transposeB: true }); // dx = dy·Wᵀ
  }
}
