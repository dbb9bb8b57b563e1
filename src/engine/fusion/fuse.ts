import { inputsOf, type Operation } from '../../tensor/operation.ts';
import type { Program } from '../../tensor/program.ts';
import type { Storage } from '../../tensor/tensor.ts';
import { isRelu, isReluBackward } from './relu.ts';

/** Operations that one task carries out. */
export type Group =
  | { readonly kind: 'single'; readonly operation: Operation }
  | {
      readonly kind: 'matmul';
      readonly matmul: Operation<'matmul'>;
      readonly addBias?: Operation<'addBias'>;
      readonly relu?: Operation<'elementwise'>;
      readonly reluBackward?: Operation<'elementwiseBackward'>;
    }
  | {
      readonly kind: 'conv2d';
      readonly conv2d: Operation<'conv2d'>;
      readonly addBias?: Operation<'addBias'>;
      readonly relu?: Operation<'elementwise'>;
    };

/** The operations of a group, in order. */
export function operationsOf(group: Group): Operation[] {
  const { kind: _, ...operations } = group;
  return Object.values(operations);
}

/**
 * Finds operations that can work on a result while it is still in registers: matmul or conv2d + addBias
 * (+ relu), and matmul + reluBackward. They must follow each other, and nothing else may read what lies between.
 */
export function fuse(program: Program): Group[] {
  const { operations } = program;
  const reads = countReads(program);
  /** Whether `next` is the only one to read what was just computed into `storage`. */
  const continues = (storage: Storage, next: Operation | undefined): boolean =>
    next !== undefined &&
    !storage.persistent &&
    reads.get(storage) === 1 &&
    inputsOf(next).some((tensor) => tensor.storage === storage);

  const groups: Group[] = [];
  for (let index = 0; index < operations.length; index++) {
    const operation = operations[index]!;
    if (operation.kind !== 'matmul' && operation.kind !== 'conv2d') {
      groups.push({ kind: 'single', operation });
      continue;
    }
    const isMatmul = operation.kind === 'matmul';
    const product = isMatmul
      ? ({ kind: 'matmul', matmul: operation } as const)
      : ({ kind: 'conv2d', conv2d: operation } as const);
    const result = (isMatmul ? operation.outputs.c : operation.outputs.y).storage;
    const next = operations[index + 1];
    if (next?.kind === 'addBias' && continues(result, next)) {
      const after = operations[index + 2];
      const withRelu = isRelu(after) && continues(next.outputs.y.storage, after);
      groups.push({ ...product, addBias: next, ...(withRelu ? { relu: after } : {}) });
      index += withRelu ? 2 : 1;
    } else if (
      isMatmul &&
      isReluBackward(next) &&
      next.inputs.dy.storage === result &&
      continues(result, next)
    ) {
      groups.push({ kind: 'matmul', matmul: operation, reluBackward: next });
      index += 1;
    } else {
      groups.push(product);
    }
  }
  return groups;
}

/** How often each storage is read; an output counts as one more. */
function countReads(program: Program): Map<Storage, number> {
  const reads = new Map<Storage, number>();
  const read = (storage: Storage): unknown => reads.set(storage, (reads.get(storage) ?? 0) + 1);
  for (const operation of program.operations) for (const { storage } of inputsOf(operation)) read(storage);
  for (const { storage } of program.outputs) read(storage);
  return reads;
}
