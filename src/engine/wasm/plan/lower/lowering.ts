import type { Operation, OperationKind } from '../../../../tensor/operation.ts';
import { Storage } from '../../../../tensor/tensor.ts';
import type { Target } from '../../kernels/kernel.ts';
import type { Copies } from '../copies.ts';
import type { Task } from '../task.ts';

/** What the lowering of every operation of a program may need to know. */
export interface Lowering {
  readonly target: Target;
  readonly threads: number;
  /** The ranges, one after the other, that the share of each thread is divided into. */
  readonly pieces: number;
  readonly copies: Copies;
}

/** For some kinds of operations, the tasks that carry one out. */
export type LoweringTable<Kind extends OperationKind> = {
  readonly [K in Kind]: (operation: Operation<K>, lowering: Lowering) => Task[];
};

/** The shape of images [n, h, w, c], or of a filter [kh, kw, c, o]. */
export type Shape4 = readonly [number, number, number, number];

/** Memory for something that only the tasks of a lowering know. */
export function temporary(floats: number): Storage {
  return new Storage('float32', floats, null);
}
