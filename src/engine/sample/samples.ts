/**
 * What of an operation is checked against the reference, where the whole would take too long: some elements of the result,
 * and of the inputs all that these need. They make a smaller operation, which the reference computes as any other.
 */
import { type Operation, outputsOf } from '../../tensor/operation.ts';
import { flopsOf, sharedByChannels, sharedByImages } from '../../tensor/operation-facts.ts';
import type { DataType, Tensor } from '../../tensor/tensor.ts';
import { type Pick, spread } from './part.ts';
import { productSamples } from './products.ts';
import { all, costOf, flopsOfNumber, type Sample, sampled, whole } from './sampled-operation.ts';

/**
 * Samples of operations that belong together: the first, and those that follow it element by element.
 *
 * @param mostFlops about how much arithmetic the reference may do for all of them
 */
export function samplesOf(operations: readonly Operation[], mostFlops: number): Sample[] {
  if (operations.reduce((sum, operation) => sum + costOf(operation), 0) <= mostFlops)
    return [whole(operations)];
  return (
    productSamples(operations, mostFlops) ??
    imageSamples(operations, mostFlops) ??
    channelSamples(operations, mostFlops) ??
    firstNumbers(operations, mostFlops) ?? [whole(operations)]
  );
}

/** Some images. */
function imageSamples(operations: readonly Operation[], mostFlops: number): Sample[] | null {
  const count = outputsOf(operations[0]!)[0]!.shape[0]!;
  const fit = operations.every(
    (operation) =>
      sharedByImages(operation) !== null && outputsOf(operation).every(({ shape }) => shape[0] === count),
  );
  if (!fit) return null;
  return alongOne(operations, count, mostFlops, sharedByImages, (pick, { shape }) =>
    shape.map((_, dimension) => (dimension === 0 ? pick : null)),
  );
}

/** Some channels. */
function channelSamples(operations: readonly Operation[], mostFlops: number): Sample[] | null {
  if (!operations.every((operation) => sharedByChannels(operation) !== null)) return null;
  const count = outputsOf(operations[0]!)[0]!.shape.at(-1)!;
  return alongOne(operations, count, mostFlops, sharedByChannels, (pick, { shape }) =>
    shape.map((_, dimension) => (dimension === shape.length - 1 ? pick : null)),
  );
}

/** In one sample; where each index takes long, in one for each, so that others can have their turn in between. */
function alongOne(
  operations: readonly Operation[],
  of: number,
  mostFlops: number,
  sharedBy: (operation: Operation) => readonly string[] | null,
  picksOf: (pick: Pick, tensor: Tensor<DataType>) => readonly Pick[],
): Sample[] {
  const cost = operations.reduce((sum, operation) => sum + costAlong(operation, sharedBy(operation)!), 0);
  const fit = Math.floor((of * mostFlops) / cost);
  const indices = spread(Math.max(2, fit), of);
  if (indices === null) return [whole(operations)];
  const groups = fit >= 2 ? [indices] : indices.map((index) => [index]);
  return groups.map((group) => ({
    operations: operations.map((operation) => {
      const shared = sharedBy(operation)!;
      return sampled(
        operation,
        (tensor, name) => (shared.includes(name) ? all(tensor, name) : picksOf(group, tensor)),
        (tensor) => picksOf(group, tensor),
      );
    }),
  }));
}

/** What is shared is not read for every index, or not by much more than for one. */
function costAlong(operation: Operation, shared: readonly string[]): number {
  const inputs = Object.entries<Tensor<DataType>>(operation.inputs).filter(
    ([name]) => !shared.includes(name),
  );
  const tensors = [...inputs.map(([, tensor]) => tensor), ...outputsOf(operation)];
  return flopsOf(operation) + flopsOfNumber * tensors.reduce((sum, { size }) => sum + size, 0);
}

/** The first numbers of what is random: each is a function of its position. */
function firstNumbers(operations: readonly Operation[], mostFlops: number): Sample[] | null {
  const [operation, ...others] = operations as readonly [Operation, ...Operation[]];
  if (operation.kind !== 'dropoutMask' || others.length > 0) return null;
  const { shape, size } = operation.outputs.mask;
  const count = Math.max(1, Math.floor((shape[0]! * mostFlops) / (flopsOfNumber * size)));
  const first = Array.from({ length: Math.min(count, shape[0]!) }, (_, index) => index);
  return [
    {
      operations: [
        sampled(operation, all, (tensor) =>
          tensor.shape.map((_, dimension) => (dimension === 0 ? first : null)),
        ),
      ],
    },
  ];
}
