import type { Storage } from '../../../tensor/tensor.ts';
import type { Launch } from './kernel.ts';

/**
 * One run of `source` on `inputs`, with a thread for each element of `output`. The name of the kernel has everything
 * that its code depends on, so that kernels of one name have the same code.
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
