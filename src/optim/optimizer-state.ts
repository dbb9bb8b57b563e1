import type { Parameter } from '../tensor/parameter.ts';
import { Tensor } from '../tensor/tensor.ts';

/** The tensors that an optimizer keeps for each parameter: zeros, made when `of` is first asked for them. */
export class OptimizerState {
  readonly tensors: Map<string, Tensor> = new Map();
  #parameters: readonly Parameter[] = [];

  /** To be called with all parameters first: what was kept for those of another network is dropped. */
  use(parameters: readonly Parameter[]): void {
    const isSame =
      parameters.length === this.#parameters.length &&
      parameters.every((parameter, index) => parameter === this.#parameters[index]);
    if (!isSame) this.tensors.clear();
    this.#parameters = parameters;
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
