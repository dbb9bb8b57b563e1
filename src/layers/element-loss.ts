import type { ElementLossName } from '../tensor/element-loss.ts';
import type { Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { kept } from './layer.ts';
import type { Loss, LossDescription, LossOptions, LossSpec, Targets } from './loss.ts';

interface Declaration extends Pick<LossSpec, 'targets' | 'metric'> {
  readonly description: LossDescription;
  /** The function of single elements whose mean is the loss. */
  readonly loss: ElementLossName;
  readonly parameter?: number;
}

/**
 * A loss that is the mean of a function of single elements, over all outputs of all examples of a batch; element-loss.ts
 * (src/tensor) has the functions and their derivatives.
 *
 *     loss = (1/m) Σ f(pᵢ, tᵢ)      dpᵢ = f′(pᵢ, tᵢ) / m      m = the number of outputs in the batch
 */
export function elementLossSpec({ description, ...declaration }: Declaration): LossSpec {
  const { type } = description;
  const { targets, metric } = declaration;
  return {
    type,
    targets,
    metric,
    // what is added up are absolute errors, or mistakes
    metricOf: (mean) => (metric === 'accuracy' ? 1 - mean : mean),
    describe: () => description,
    build({ labelSmoothing = 0, classWeights }: LossOptions = {}) {
      if (labelSmoothing !== 0) throw new RangeError(`${type}: labelSmoothing is for softmaxCrossEntropy`);
      if (classWeights) throw new RangeError(`${type}: classWeights are for softmaxCrossEntropy`);
      return new MeanElementLoss(type, declaration);
    },
  };
}

class MeanElementLoss implements Loss {
  readonly #name: string;
  readonly #declaration: Omit<Declaration, 'description'>;
  #kept: { readonly outputs: Tensor; readonly targets: Tensor } | undefined;

  constructor(name: string, declaration: Omit<Declaration, 'description'>) {
    this.#name = name;
    this.#declaration = declaration;
  }

  forward(
    ops: Ops,
    outputs: Tensor,
    targets: Targets,
  ): { readonly loss: Tensor; readonly predictions: Tensor } {
    if (targets.dtype === 'int32') {
      throw new TypeError(`${this.#name}: targets: expected float32 ${outputs.shape.join('×')}, got int32`);
    }
    const { loss, parameter, targets: meaning } = this.#declaration;
    this.#kept = { outputs, targets };
    const losses = ops.elementLoss(outputs, targets, loss, parameter);
    const predictions = meaning === 'probabilities' ? ops.elementwise(outputs, 'sigmoid') : outputs;
    return { loss: ops.mean(losses), predictions };
  }

  backward(ops: Ops): Tensor {
    const { outputs, targets } = kept(this.#kept, this.#name);
    const { loss, parameter } = this.#declaration;
    return ops.elementLossBackward(outputs, targets, loss, parameter);
  }

  addMetric(ops: Ops, total: Tensor<'float32'>): void {
    const { outputs, targets } = kept(this.#kept, this.#name);
    const measure = this.#declaration.metric === 'accuracy' ? 'zeroOne' : 'absolute';
    ops.addScaled(total, ops.mean(ops.elementLoss(outputs, targets, measure)), outputs.shape[0]!);
  }
}
