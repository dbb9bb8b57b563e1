import type { Parameter } from '../tensor/parameter.ts';
import { Tensor } from '../tensor/tensor.ts';

/** A parameter with a gradient of zeros, for the constructors of layers. */
export function makeParameter(value: Tensor, decay: boolean): Parameter {
  const gradient = Tensor.zeros(value.dtype, value.shape, `d ${value.name}`);
  return { name: value.name, value, gradient, decay };
}
