import type { Ops } from '../tensor/ops.ts';
import type { Parameter } from '../tensor/parameter.ts';
import type { Shape } from '../tensor/shape.ts';
import { Tensor } from '../tensor/tensor.ts';
import { type BuildContext, kept, type Layer, type LayerSpec, type Mode } from './layer.ts';
import { makeParameter } from './parameter.ts';

export interface BatchNormOptions {
  /** The share of the running averages that is kept in a step, in [0, 1); 0.9 by default. */
  readonly momentum?: number;
  /** ε > 0, added to the variance; 0.001 by default, as in Keras. */
  readonly epsilon?: number;
}

/**
 * Batch normalization: each channel is brought to mean 0 and variance 1 over the batch, then to a deviation gamma
 * and a mean beta that are learned. Ioffe and Szegedy, "Batch normalization" (2015), algorithm 1.
 *
 *     x, y [n, …, c]   gamma, beta, μ, σ² [c]   x̂ = (x − μ) / √(σ² + ε)   y = gamma · x̂ + beta
 *
 * In training μ and σ² are the mean and variance over the m = x.size / c rows of the batch, with σ² divided by m; in
 * inference they are averages that training keeps, each step: average ← momentum · average + (1 − momentum) · value,
 * from 0 and 1 on. (So does Keras, with momentum 0.99, which takes hundreds of steps to settle.)
 *
 * Backward, where x acts through μ and σ², too (docs/batch-norm.md derives it):
 *
 *     dGamma = Σ dy · x̂   dBeta = Σ dy   dx = gamma / √(σ² + ε) · (dy − dBeta / m − x̂ · dGamma / m)
 */
export function batchNorm(options: BatchNormOptions = {}): LayerSpec {
  const { momentum = 0.9, epsilon = 1e-3 } = options;
  if (!(momentum >= 0 && momentum < 1)) {
    throw new RangeError(`batchNorm: momentum must be in [0, 1), got ${momentum}`);
  }
  if (!(epsilon > 0 && epsilon < Infinity)) {
    throw new RangeError(`batchNorm: epsilon must be a positive number, got ${epsilon}`);
  }
  return { type: 'batch_norm', build: (context) => new BatchNorm(momentum, epsilon, context) };
}

class BatchNorm implements Layer {
  readonly name: string;
  readonly outputShape: Shape;
  readonly parameters: readonly Parameter[];
  readonly state: readonly Tensor[];
  readonly #gamma: Parameter;
  readonly #beta: Parameter;
  readonly #runningMean: Tensor;
  readonly #runningVariance: Tensor;
  readonly #momentum: number;
  readonly #epsilon: number;
  #kept: { readonly x: Tensor; readonly mean: Tensor; readonly variance: Tensor } | undefined;

  constructor(momentum: number, epsilon: number, { name, inputShape, dtype }: BuildContext) {
    const make = (what: string, value: number): Tensor => {
      const tensor = Tensor.zeros(dtype, inputShape.slice(-1), `${name}/${what}`);
      tensor.values.fill(value);
      return tensor;
    };
    this.name = name;
    this.outputShape = inputShape;
    this.#gamma = makeParameter(make('gamma', 1), false);
    this.#beta = makeParameter(make('beta', 0), false);
    this.#runningMean = make('running_mean', 0);
    this.#runningVariance = make('running_variance', 1);
    this.#momentum = momentum;
    this.#epsilon = epsilon;
    this.parameters = [this.#gamma, this.#beta];
    this.state = [this.#runningMean, this.#runningVariance];
  }

  forward(ops: Ops, x: Tensor, mode: Mode): Tensor {
    const affine = { gamma: this.#gamma.value, beta: this.#beta.value };
    if (!mode.training) {
      this.#kept = undefined;
      const running = { mean: this.#runningMean, variance: this.#runningVariance };
      return ops.batchNorm({ x, ...running, ...affine }, this.#epsilon);
    }
    const { mean, variance } = ops.batchMoments(x);
    ops.updateAverage(this.#runningMean, mean, this.#momentum);
    ops.updateAverage(this.#runningVariance, variance, this.#momentum);
    this.#kept = { x, mean, variance }; // x̂ is computed again from these
    return ops.batchNorm({ x, mean, variance, ...affine }, this.#epsilon);
  }

  backward(ops: Ops, dy: Tensor): Tensor {
    const operands = { ...kept(this.#kept, this.name), dy };
    const gradients = { dGamma: this.#gamma.gradient, dBeta: this.#beta.gradient };
    ops.batchNormBackwardParameters(operands, this.#epsilon, gradients);
    return ops.batchNormBackwardInput({ ...operands, gamma: this.#gamma.value, ...gradients }, this.#epsilon);
  }
}
