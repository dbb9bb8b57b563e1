import type { Layer } from '../layers/layer.ts';

/** Number of trainable values in a network or layer. */
export function countParameters({ parameters }: Pick<Layer, 'parameters'>): number {
  return parameters.reduce((sum, { value }) => sum + value.size, 0);
}

/** Number of values in a network or layer that training changes without gradients: running averages. */
export function countState({ state = [] }: Pick<Layer, 'state'>): number {
  return state.reduce((sum, { size }) => sum + size, 0);
}
