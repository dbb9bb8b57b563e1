import type { Parameter } from '../tensor/parameter.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { BuildContext } from './layer.ts';

/** A parameter with a gradient of zeros. `decay`: whether the L2 penalty and weight decay apply to it. */
export function makeParameter(
  value: Tensor,
  { decay, tensor }: Pick<Parameter, 'decay'> & Pick<BuildContext, 'tensor'>,
): Parameter {
  const gradient = tensor(value.shape, `d ${value.name}`);
  return { name: value.name, value, gradient, decay };
}
