import { inputsOf, type Operation } from '../../tensor/operation.ts';
import { Program } from '../../tensor/program.ts';
import { Storage, Tensor } from '../../tensor/tensor.ts';
import { isRelu, isReluBackward } from './relu.ts';

/**
 * Replaces operations by others that give the same with less work, before they are fused and lowered.
 *
 * - ReLU and max-pooling can change places, for both let the larger of two numbers stay the larger:
 *   pool(relu(x)) = relu(pool(x)). Behind the pool, ReLU and its gradient have a fraction of the pixels. Only
 *   where a whole window is negative may another pixel be the largest, and from there no gradient comes.
 * - The gradient that comes out of a pool is the one that goes in, moved to other places, so that its sum over
 *   all pixels, the gradient of a bias, can be taken before.
 */
export function rewrite(program: Program): Program {
  const outputs = new Set<Storage>(program.outputs.map(({ storage }) => storage));
  const operations = sumBeforePooling(poolBeforeRelu(program.operations, outputs));
  return new Program(program.name, operations, program.outputs);
}

export function poolBeforeRelu(
  operations: readonly Operation[],
  outputs: ReadonlySet<Storage>,
): readonly Operation[] {
  const readers = readersOf(operations);
  const replaced = new Map<Operation, readonly Operation[]>();
  for (const relu of operations) {
    if (!isRelu(relu) || relu.outputs.y.storage.persistent || outputs.has(relu.outputs.y.storage)) continue;
    const { x } = relu.inputs;
    const parts = readersOfRelu(readers.get(relu.outputs.y.storage) ?? []);
    if (parts === null) continue;
    const { pool, reluBackward } = parts;
    const { y, argmax } = pool.outputs;
    const largest = like(y);
    const forward: Operation[] = [
      { ...pool, inputs: { x }, outputs: { y: largest, argmax } },
      { ...relu, inputs: { x: largest }, outputs: { y } },
    ];
    if (reluBackward === null) {
      replaced.set(relu, []).set(pool, forward);
      continue;
    }
    const poolBackward = operations.find(
      (operation) =>
        operation.kind === 'maxPool2dBackward' &&
        operation.outputs.dx.storage === reluBackward.inputs.dy.storage,
    ) as Operation<'maxPool2dBackward'> | undefined;
    const onlyForRelu = poolBackward && readers.get(poolBackward.outputs.dx.storage)?.length === 1;
    if (!onlyForRelu || poolBackward.inputs.argmax.storage !== argmax.storage) continue;
    const { dy } = poolBackward.inputs;
    const passed = like(dy);
    replaced.set(relu, []).set(pool, forward).set(poolBackward, []);
    replaced.set(reluBackward, [
      { ...reluBackward, inputs: { kept: y, dy }, outputs: { dx: passed } },
      { ...poolBackward, inputs: { dy: passed, argmax }, outputs: reluBackward.outputs },
    ]);
  }
  return operations.flatMap((operation) => replaced.get(operation) ?? [operation]);
}

/** The pool and, in training, the gradient of ReLU, if nothing else reads the result of ReLU. */
function readersOfRelu(
  readers: readonly Operation[],
): { pool: Operation<'maxPool2d'>; reluBackward: Operation<'elementwiseBackward'> | null } | null {
  const pool = readers.find((reader) => reader.kind === 'maxPool2d');
  const reluBackward = readers.find(isReluBackward) ?? null;
  if (pool === undefined || readers.length !== (reluBackward ? 2 : 1)) return null;
  return { pool, reluBackward };
}

function sumBeforePooling(operations: readonly Operation[]): readonly Operation[] {
  const pooled = new Map(
    operations.flatMap((operation) =>
      operation.kind === 'maxPool2dBackward'
        ? [[operation.outputs.dx.storage, operation.inputs.dy] as const]
        : [],
    ),
  );
  return operations.map((operation) => {
    const dy = operation.kind === 'sumRows' ? pooled.get(operation.inputs.x.storage) : undefined;
    return operation.kind === 'sumRows' && dy ? { ...operation, inputs: { x: dy } } : operation;
  });
}

/** The operations that read each storage. */
function readersOf(operations: readonly Operation[]): Map<Storage, Operation[]> {
  const readers = new Map<Storage, Operation[]>();
  for (const operation of operations) {
    for (const storage of new Set(inputsOf(operation).map((tensor) => tensor.storage))) {
      readers.set(storage, [...(readers.get(storage) ?? []), operation]);
    }
  }
  return readers;
}

function like({ shape, size, name }: Tensor): Tensor {
  return new Tensor(shape, new Storage('float32', size, null), `${name}′`);
}
