import { Tensor } from '../tensor/tensor.ts';
import { defineLayer, type LayerType } from './define-layer.ts';
import { kept, type LayerSpec } from './layer.ts';
import { numberWhere, optional, share } from './options.ts';
import { makeParameter } from './parameter.ts';

/**
 * Batch normalization: brings each channel to mean 0 and variance 1 over the batch, then to a deviation gamma
 * and a mean beta that are learned. Ioffe and Szegedy, "Batch normalization" (2015), algorithm 1.
 *
 *     x, y [n, …, c]   gamma, beta, μ, σ² [c]   x̂ = (x − μ) / √(σ² + ε)   y = gamma · x̂ + beta
 *
 * In training μ and σ² are the mean and variance over the m = x.size / c rows of the batch; σ² divides by m, not by
 * m − 1. In inference they are running averages, which start at 0 and 1 and which each training step moves:
 * average ← momentum · average + (1 − momentum) · value. (Keras's default momentum is 0.99; its averages take hundreds
 * of steps to settle.)
 *
 * Backward. μ and σ² depend on x as well; docs/batch-norm.md derives
 *
 *     dGamma = Σ dy · x̂   dBeta = Σ dy   dx = gamma / √(σ² + ε) · (dy − dBeta / m − x̂ · dGamma / m)
 *
 * In inference μ and σ² are constants, and dx = gamma / √(σ² + ε) · dy: how a trained network depends on its input.
 */
export function batchNorm(options: BatchNormOptions = {}): LayerSpec {
  return batchNormLayer.spec(options);
}

export interface BatchNormOptions {
  /** The share of a running average that a step keeps, in [0, 1); 0.9 by default. */
  readonly momentum?: number;
  /** ε > 0, added to the variance; 0.001 by default, as in Keras. */
  readonly epsilon?: number;
}

export const batchNormLayer: LayerType<BatchNormOptions> = defineLayer({
  type: 'batch_norm',
  options: {
    momentum: optional(share),
    epsilon: optional(numberWhere('a positive number', (value) => value > 0 && value < Infinity)),
  },
  build({ momentum = 0.9, epsilon = 1e-3 }, { name, inputShape, tensor }) {
    const perChannel = (what: string, value: number): Tensor =>
      tensor(inputShape.slice(-1), `${name}/${what}`, (values) => values.fill(value));
    const gamma = makeParameter(perChannel('gamma', 1), { decay: false, tensor });
    const beta = makeParameter(perChannel('beta', 0), { decay: false, tensor });
    const affine = { gamma: gamma.value, beta: beta.value };
    const running = { mean: perChannel('running_mean', 0), variance: perChannel('running_variance', 1) };
    /** What the forward pass has normalized with: moments of the batch, or the averages. Backward computes x̂ again. */
    let normalized: { readonly x: Tensor; readonly mean: Tensor; readonly variance: Tensor } | undefined;
    let isOfBatch = false;
    return {
      name,
      outputShape: inputShape,
      parameters: [gamma, beta],
      state: [running.mean, running.variance],
      forward(ops, x, mode) {
        if (!mode.training) {
          normalized = { x, ...running };
          isOfBatch = false;
          return ops.batchNorm({ x, ...running, ...affine }, epsilon);
        }
        const { mean, variance } = ops.batchMoments(x);
        ops.updateAverage(running.mean, mean, momentum);
        ops.updateAverage(running.variance, variance, momentum);
        normalized = { x, mean, variance };
        isOfBatch = true;
        return ops.batchNorm({ x, mean, variance, ...affine }, epsilon);
      },
      backward(ops, dy) {
        const operands = { ...kept(normalized, name), dy };
        const gradients = { dGamma: gamma.gradient, dBeta: beta.gradient };
        ops.batchNormBackwardParameters(operands, epsilon, gradients);
        if (isOfBatch)
          return ops.batchNormBackwardInput({ ...operands, gamma: gamma.value, ...gradients }, epsilon);
        // the same formula as forward, of dy, with μ = 0 and beta = 0
        const zeros = Tensor.zeros(dy.dtype, gamma.value.shape, `${name}/zeros`);
        const { variance } = running;
        return ops.batchNorm({ x: dy, mean: zeros, variance, gamma: gamma.value, beta: zeros }, epsilon);
      },
    };
  },
});
