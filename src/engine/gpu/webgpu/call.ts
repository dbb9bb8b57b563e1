import type { Operation } from '../../../tensor/operation.ts';
import type { Storage } from '../../../tensor/tensor.ts';
import type { WgslKernel } from '../wgsl/kernel.ts';

/** A kernel with the tensors that it is bound to, in the order of its bindings. */
export interface Call {
  readonly kernel: WgslKernel;
  readonly storages: readonly Binding[];
}

/** A tensor, or several that lie one after the other in one buffer: the parameters that one kernel updates. */
export type Binding = Storage | readonly Storage[];

/** Operations that are carried out together, and the calls that do so. The first run checks each part as a whole. */
export interface Part {
  /** For people: `matmul [64, 32] + addBias + relu`. */
  readonly name: string;
  readonly operations: readonly Operation[];
  readonly calls: readonly Call[];
}

export function storagesOf(binding: Binding): readonly Storage[] {
  return Array.isArray(binding) ? (binding as readonly Storage[]) : [binding as Storage];
}

/** The tensors that a call reads, and those that it writes. It may also read what it writes. */
export function accessesOf({ kernel, storages }: Call): { reads: Storage[]; writes: Storage[] } {
  const of = (access: 'read' | 'write'): Storage[] =>
    storages.filter((_, index) => kernel.bindings[index] === access).flatMap(storagesOf);
  return { reads: of('read'), writes: of('write') };
}
