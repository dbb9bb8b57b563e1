import type { Parameter } from '../tensor/parameter.ts';
import { Tensor } from '../tensor/tensor.ts';

/** A parameter with a gradient of zeros. `decay`: whether the L2 penalty and weight decay apply to it. */
export function makeParameter(value: Tensor, { decay }: Pick<Parameter, 'decay'>): Parameter {
  const gradient = Tensor.zeros(value.dtype, value.shape, `d ${value.name}`);
  return { name: value.name, value, gradient, decay };
}
