import type { Storage } from '../../../tensor/tensor.ts';
import type { Launch } from './kernel.ts';

/**
 * One run of `source` on `inputs`, an element of `output` a thread. The name of the kernel is made of everything
 * that its code depends on, so that equal names are equal code.
 */
export function launch(
  what: string,
  source: string,
  constants: Readonly<Record<string, number>>,
  inputs: readonly Storage[],
  output: Storage,
): Launch {
  const sizes = Object.entries(constants).map(([name, value]) => `${name}=${value}`);
  const name = [what, ...sizes, `length=${output.length}`].join(' ');
  return { kernel: { name, source, constants, length: output.length }, inputs, output };
}
