import { RandomStream } from '../../tensor/random.ts';

/**
 * The order of the rows, before they are split into parts: tables are often sorted, by class or by time. It is random, and
 * depends only on the seed. With `labels`, each class is spread evenly over the order, so that any part of it has its share
 * of every class: row r of the n rows of a class comes at (r + ½) / n.
 */
export function orderRows(count: number, seed: number, labels?: Uint8Array): Int32Array {
  const order = new RandomStream(seed, 'table rows').permutation(count);
  if (labels === undefined) return Int32Array.from(order);
  const sizes = new Uint32Array(256);
  for (const label of labels) sizes[label]! += 1;
  const seen = new Uint32Array(256);
  const places = Array.from(order, (row) => {
    const label = labels[row]!;
    seen[label]! += 1;
    return { row, place: (seen[label]! - 0.5) / sizes[label]! };
  });
  return Int32Array.from(
    places.toSorted((a, b) => a.place - b.place),
    ({ row }) => row,
  );
}
