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

  const pools = poolsOf(program, reads, rules);
  const masks = masksOf(program, reads, rules);
  const gradients = gradientsOf(program, reads, rules);
  /** What another operation does. */
  const elsewhere = new Set<Operation>([...pools.values(), ...masks.values(), ...gradients.values()]);
  const groups: Group[] = [];
  for (let index = 0; index < operations.length; index++) {
    const operation = operations[index]!;
    if (elsewhere.has(operation)) continue;
    const reluBackward = masks.get(operation);
    if (reluBackward !== undefined) {
      const input = operation as Operation<'conv2dBackwardInput'>;
      groups.push({ kind: 'maskedInput', input, reluBackward });
      continue;
    }
    const gradient = gradients.get(operation);
    if (gradient !== undefined) {
      groups.push({ kind: 'matmul', matmul: gradient, update: operation as UpdateOperation });
      continue;
    }
    if (operation.kind !== 'matmul' && operation.kind !== 'conv2d') {
      const pool = operation.kind === 'conv2dBackwardFilter' ? pools.get(operation) : undefined;
      groups.push(
        pool === undefined
          ? { kind: 'single', operation }
          : { kind: 'pooledFilter', pool, filter: operation as Operation<'conv2dBackwardFilter'> },
      );
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
      if (!isMatmul && after?.kind === 'maxPool2d' && continues(storage, after)) {
        if (rules.pooledConv(operation, after)) {
          const last = operations[index + 3];
          const withRelu = isRelu(last) && continues(after.outputs.y.storage, last);
          const group = { kind: 'conv2d', conv2d: operation, addBias: next, pool: after } as const;
          groups.push({ ...group, ...(withRelu ? { relu: last } : {}) });
          index += withRelu ? 3 : 2;
          continue;
        }
      }
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

/** For gradients of filters: the operation whose result nothing but they read, and which they can do themselves. */
function poolsOf(
  { operations }: Program,
  reads: ReadonlyMap<Storage, number>,
  rules: FusionRules,
): Map<Operation, Operation<'maxPool2dBackward'>> {
  const pools = new Map<Operation, Operation<'maxPool2dBackward'>>();
  for (const pool of operations) {
    if (pool.kind !== 'maxPool2dBackward') continue;
    const filter = soleReader(pool.outputs.dx, operations, reads);
    if (filter?.kind !== 'conv2dBackwardFilter' || filter.inputs.dy.storage !== pool.outputs.dx.storage)
      continue;
    if (rules.pooledFilter({ pool, filter })) pools.set(filter, pool);
  }
  return pools;
}

/** For gradients of inputs: the operation that alone reads them, and which they can do where they are written. */
function masksOf(
  { operations }: Program,
  reads: ReadonlyMap<Storage, number>,
  rules: FusionRules,
): Map<Operation, Operation<'elementwiseBackward'>> {
  const masks = new Map<Operation, Operation<'elementwiseBackward'>>();
  for (const [index, input] of operations.entries()) {
    if (input.kind !== 'conv2dBackwardInput') continue;
    const mask = soleReader(input.outputs.dx, operations, reads);
    if (mask === undefined || !isReluBackward(mask) || mask.inputs.dy.storage !== input.outputs.dx.storage)
      continue;
    // what ReLU kept must be there by then, and still be the same
    const kept = mask.inputs.kept.storage;
    const isLater = operations
      .slice(index)
      .some((operation) => outputsOf(operation).some((output) => output.storage === kept));
    if (!isLater && rules.maskedInput(input)) masks.set(input, mask);
  }
  return masks;
}

/**
 * For updates of weights: the product that gives the gradient, if nothing else reads it. It is computed where the update
 * stands, behind everything that reads the weight as it was before; so its operands must be the same there.
 */
function gradientsOf(
  { operations }: Program,
  reads: ReadonlyMap<Storage, number>,
  rules: FusionRules,
): Map<Operation, Operation<'matmul'>> {
  const gradients = new Map<Operation, Operation<'matmul'>>();
  for (const [index, matmul] of operations.entries()) {
    if (matmul.kind !== 'matmul') continue;
    const update = soleReader(matmul.outputs.c, operations, reads);
    if (!isUpdate(update)) continue;
    const { weight, gradient } = update.inputs;
    if (gradient.storage !== matmul.outputs.c.storage || !sameShape(weight.shape, matmul.outputs.c.shape))
      continue;
    const operands = new Set<Storage>(inputsOf(matmul).map(({ storage }) => storage));
    const isChanged = operations
      .slice(index + 1, operations.indexOf(update))
      .some((operation) => outputsOf(operation).some(({ storage }) => operands.has(storage)));
    if (isChanged || operands.has(weight.storage)) continue;
    if (rules.updatingProduct(update)) gradients.set(update, matmul);
  }
  return gradients;
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
