import {
  inputsOf,
  isUpdate,
  type Operation,
  outputsOf,
  type UpdateOperation,
} from '../../tensor/operation.ts';
import type { Program } from '../../tensor/program.ts';
import { sameShape } from '../../tensor/shape.ts';
import type { Storage, Tensor } from '../../tensor/tensor.ts';
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
      /** Of the weight whose gradient the product is. */
      readonly update?: UpdateOperation;
    }
  | {
      readonly kind: 'conv2d';
      readonly conv2d: Operation<'conv2d'>;
      readonly addBias?: Operation<'addBias'>;
      readonly pool?: Operation<'maxPool2d'>;
      /** Behind the pool, if there is one. */
      readonly relu?: Operation<'elementwise'>;
    }
  | MaskedInput
  | PooledFilter;

/** The gradient of the input of a convolution, 0 where the input was not above 0. */
export interface MaskedInput {
  readonly kind: 'maskedInput';
  readonly input: Operation<'conv2dBackwardInput'>;
  readonly reluBackward: Operation<'elementwiseBackward'>;
}

/** The gradient of a filter, from the gradient that is still pooled. */
export interface PooledFilter {
  readonly kind: 'pooledFilter';
  readonly pool: Operation<'maxPool2dBackward'>;
  readonly filter: Operation<'conv2dBackwardFilter'>;
}

/** What an engine can fuse beyond products with what follows them. */
export interface FusionRules {
  readonly pooledFilter: (pair: Omit<PooledFilter, 'kind'>) => boolean;
  /** Whether the mask can be applied where dx is written. */
  readonly maskedInput: (input: Operation<'conv2dBackwardInput'>) => boolean;
  /** A convolution, perhaps with a bias, and max-pooling of its result. */
  readonly pooledConv: (conv2d: Operation<'conv2d'>, pool: Operation<'maxPool2d'>) => boolean;
  /** Whether a weight is updated by the product that is its gradient. */
  readonly updatingProduct: (update: UpdateOperation) => boolean;
}

/** The operations of a group, in order. */
export function operationsOf(group: Group): Operation[] {
  const { kind: _, ...operations } = group;
  return Object.values(operations);
}

/**
 * Finds operations that can work on a result while it is still in registers: matmul or conv2d + addBias
 * (+ relu), conv2d + addBias + maxPool2d (+ relu), and matmul + reluBackward. They must follow each other, and nothing else
 * may read what lies between. Three more need not follow each other: maxPool2dBackward and the conv2dBackwardFilter,
 * conv2dBackwardInput and the reluBackward, or matmul and the update of a weight, that alone reads its result.
 */
export function fuse(program: Program, rules: FusionRules): Group[] {
  const { operations } = program;
  const reads = countReads(program);
  /** Whether `next` is the only one to read what was just computed into `storage`. */
  const continues = (storage: Storage, next: Operation | undefined): boolean =>
    next !== undefined &&
    !storage.persistent &&
    reads.get(storage) === 1 &&
    inputsOf(next).some((tensor) => tensor.storage === storage);

  const pairs = [
    ...pooledFilters(program, reads, rules),
    ...maskedInputs(program, reads, rules),
    ...updatingProducts(program, reads, rules),
  ];
  const pairAt = new Map(pairs.map(({ at, group }) => [at, group]));
  /** What a pair does at the place of its other operation. */
  const elsewhere = new Set(
    pairs.flatMap(({ at, group }) => operationsOf(group).filter((one) => one !== at)),
  );
  const groups: Group[] = [];
  for (let index = 0; index < operations.length; index++) {
    const operation = operations[index]!;
    if (elsewhere.has(operation)) continue;
    const pair = pairAt.get(operation);
    if (pair !== undefined) {
      groups.push(pair);
      continue;
    }
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
      const { storage } = next.outputs.y;
      const isPooled =
        !isMatmul &&
        after?.kind === 'maxPool2d' &&
        continues(storage, after) &&
        rules.pooledConv(operation, after);
      const [last, before] = isPooled ? [operations[index + 3], after.outputs.y.storage] : [after, storage];
      const withRelu = isRelu(last) && continues(before, last);
      const relu = withRelu ? { relu: last } : {};
      if (isPooled) groups.push({ kind: 'conv2d', conv2d: operation, addBias: next, pool: after, ...relu });
      else groups.push({ ...product, addBias: next, ...relu });
      index += 1 + Number(isPooled) + Number(withRelu);
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

/** Two operations that need not follow each other, and the one of them at whose place they are carried out. */
interface Pair {
  readonly at: Operation;
  readonly group: Group;
}

/** The gradient of a filter, and the pool whose gradient nothing else reads: where the filter's stands. */
function pooledFilters(
  { operations }: Program,
  reads: ReadonlyMap<Storage, number>,
  rules: FusionRules,
): Pair[] {
  return operations.flatMap((pool) => {
    if (pool.kind !== 'maxPool2dBackward') return [];
    const filter = soleReader(pool.outputs.dx, operations, reads);
    if (filter?.kind !== 'conv2dBackwardFilter' || filter.inputs.dy.storage !== pool.outputs.dx.storage)
      return [];
    return rules.pooledFilter({ pool, filter })
      ? [{ at: filter, group: { kind: 'pooledFilter', pool, filter } }]
      : [];
  });
}

/** The gradient of an input, and the mask that alone reads it: where the gradient stands. */
function maskedInputs(
  { operations }: Program,
  reads: ReadonlyMap<Storage, number>,
  rules: FusionRules,
): Pair[] {
  return operations.flatMap((input, index) => {
    if (input.kind !== 'conv2dBackwardInput') return [];
    const reluBackward = soleReader(input.outputs.dx, operations, reads);
    if (!isReluBackward(reluBackward) || reluBackward.inputs.dy.storage !== input.outputs.dx.storage)
      return [];
    // what ReLU kept must be there by then, and still be the same
    const isLater = writes(operations.slice(index), new Set([reluBackward.inputs.kept.storage]));
    return !isLater && rules.maskedInput(input)
      ? [{ at: input, group: { kind: 'maskedInput', input, reluBackward } }]
      : [];
  });
}

/**
 * The update of a weight, and the product that gives the gradient which nothing else reads: where the update stands, behind
 * everything that reads the weight as it was before. So the operands of the product must be the same there.
 */
function updatingProducts(
  { operations }: Program,
  reads: ReadonlyMap<Storage, number>,
  rules: FusionRules,
): Pair[] {
  return operations.flatMap((matmul, index) => {
    if (matmul.kind !== 'matmul') return [];
    const update = soleReader(matmul.outputs.c, operations, reads);
    if (!isUpdate(update)) return [];
    const { weight, gradient } = update.inputs;
    if (gradient.storage !== matmul.outputs.c.storage || !sameShape(weight.shape, matmul.outputs.c.shape))
      return [];
    const operands = new Set<Storage>(inputsOf(matmul).map(({ storage }) => storage));
    const isChanged = writes(operations.slice(index + 1, operations.indexOf(update)), operands);
    if (isChanged || operands.has(weight.storage) || !rules.updatingProduct(update)) return [];
    return [{ at: update, group: { kind: 'matmul', matmul, update } }];
  });
}

/** Whether one of the operations writes one of the storages. */
function writes(operations: readonly Operation[], storages: ReadonlySet<Storage>): boolean {
  return operations.some((operation) => outputsOf(operation).some(({ storage }) => storages.has(storage)));
}

/** The one operation that reads the values of a tensor; undefined if others read them too, or if they are kept. */
function soleReader(
  { storage }: Tensor,
  operations: readonly Operation[],
  reads: ReadonlyMap<Storage, number>,
): Operation | undefined {
  if (storage.persistent || reads.get(storage) !== 1) return undefined;
  return operations.find((operation) => inputsOf(operation).some((input) => input.storage === storage));
}

/** How often each storage is read; an output counts as one more. */
function countReads(program: Program): Map<Storage, number> {
  const reads = new Map<Storage, number>();
  const read = (storage: Storage): unknown => reads.set(storage, (reads.get(storage) ?? 0) + 1);
  for (const operation of program.operations) for (const { storage } of inputsOf(operation)) read(storage);
  for (const { storage } of program.outputs) read(storage);
  return reads;
}
