/** How the threads share the items of a task. */

/** Ranges are multiples of this where there are enough items: whole vectors, and tiles of four rows. */
const granule = 4;

/** The bounds of the threads' ranges: thread t has the items from bounds[t] to bounds[t + 1]. */
export function partition(items: number, threads: number): number[] {
  const step = items >= granule * threads ? granule : 1;
  return Array.from({ length: threads + 1 }, (_, t) =>
    t === threads ? items : Math.min(items, Math.round((items * t) / threads / step) * step),
  );
}

/** How many items each thread gets, in order, without the threads that get none. */
export function sharesOf(items: number, threads: number): number[] {
  return lengths(partition(items, threads)).filter((length) => length > 0);
}

/** The lengths of the ranges between bounds. */
export function lengths(bounds: readonly number[]): number[] {
  return bounds.slice(1).map((end, index) => end - bounds[index]!);
}
