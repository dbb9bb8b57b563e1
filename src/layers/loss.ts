import type { Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** What a network is trained with, by the name that code and model files use. */
export type LossName = 'softmaxCrossEntropy' | 'binaryCrossEntropy' | 'mse' | 'mae' | 'huber';

/** What is measured beside the loss, since people understand it better. */
export type MetricName = 'accuracy' | 'meanAbsoluteError';

/** What the outputs of a network are compared with: class indices int32 [n], or floats of the outputs' shape. */
export type Targets = Tensor<'int32'> | Tensor;

/** A loss in one program. It writes its computation with `Ops`, like a layer. */
export interface Loss {
  /**
   * @returns loss [1], the mean over the batch; and what the network predicts: probabilities, or the outputs themselves
   */
  forward(
    ops: Ops,
    outputs: Tensor,
    targets: Targets,
  ): { readonly loss: Tensor; readonly predictions: Tensor };
  /** ∂loss/∂outputs. */
  backward(ops: Ops): Tensor;
  /** total [1] ← total + the batch size · the mean over the batch of what `LossSpec.metricOf` is given. */
  addMetric(ops: Ops, total: Tensor<'float32'>): void;
}

/** A loss with its options, before it is part of a program. */
export interface LossSpec {
  readonly type: LossName;
  /** What y holds: class indices, numbers in [0, 1], or any numbers. */
  readonly targets: 'classes' | 'probabilities' | 'numbers';
  readonly metric: MetricName;
  /** The metric, given the mean over examples of what `addMetric` adds up. */
  metricOf(mean: number): number;
  /** The loss as data, as files have it: `{ type: 'huber', delta: 2 }`. */
  describe(): LossDescription;
  /** @throws RangeError for an option that this loss does not have */
  build(options?: LossOptions): Loss;
}

export interface LossDescription {
  readonly type: LossName;
  /** Of huber. */
  readonly delta?: number;
}

/** What a run of training may add to the loss of a classifier. */
export interface LossOptions {
  /** α in [0, 1); 0 by default. */
  readonly labelSmoothing?: number | undefined;
  /** float32 [classes], each at least 0; all 1 if left out. */
  readonly classWeights?: Tensor | undefined;
}
