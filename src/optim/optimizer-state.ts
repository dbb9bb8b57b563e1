import type { Parameter } from '../tensor/parameter.ts';
import { Tensor } from '../tensor/tensor.ts';

/** The tensors that an optimizer keeps for each parameter: zeros, made when `of` is first asked for them. */
export class OptimizerState {
  readonly tensors: Map<string, Tensor> = new Map();
  #weights: readonly Tensor[] = [];

  /** To be called with all parameters first: what was kept for those of another network is dropped. */
  use(parameters: readonly Parameter[]): void {
    const weights = parameters.map(({ value }) => value);
    const isSame =
      weights.length === this.#weights.length &&
      weights.every((weight, index) => weight === this.#weights[index]);
    if (!isSame) this.tensors.clear();
    this.#weights = weights;
  }

  /** The tensor of a kind (`m`, `v`, `velocity`) for a parameter, with the parameter's shape. */
  of(parameter: Parameter, kind: string): Tensor {
    const name = `${parameter.name}/${kind}`;
    let tensor = this.tensors.get(name);
    if (tensor === undefined) {
      tensor = Tensor.zeros(parameter.value.dtype, parameter.value.shape, name);
      this.tensors.set(name, tensor);
    }
    return tensor;
  }
}
