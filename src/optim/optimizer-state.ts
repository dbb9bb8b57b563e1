import type { Parameter } from '../tensor/parameter.ts';
import { Tensor } from '../tensor/tensor.ts';

/** The tensors that an optimizer keeps for each parameter, made of zeros when first asked for. */
export class OptimizerState {
  readonly tensors: Map<string, Tensor> = new Map();

  /** The tensor `kind` (`m`, `v`, `velocity`) of a parameter, of its shape. */
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
