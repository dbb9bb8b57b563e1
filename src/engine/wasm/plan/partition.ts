/** How the threads share the items of a task. */

/** Ranges are multiples of the largest of these that lets them come out even: whole vectors, and tiles of four rows. */
const granules = [4, 2, 1];
/** How much longer than the mean the longest range may get by that. */
const uneven = 1.05;

/**
 * The bounds of the threads' ranges: thread t has the items from bounds[t] to bounds[t + 1]. With several pieces, the range
 * of each thread is divided once more, and the bounds are those of all pieces.
 */
export function partition(items: number, threads: number, pieces = 1): number[] {
  const bounds = evenly(items, threads);
  if (pieces === 1) return bounds;
  const starts = lengths(bounds).flatMap((length, thread) =>
    evenly(length, pieces)
      .slice(0, -1)
      .map((start) => bounds[thread]! + start),
  );
  return [...starts, items];
}

function evenly(items: number, ranges: number): number[] {
  const mean = items / ranges;
  const step = granules.find((granule) => Math.ceil(mean / granule) * granule <= uneven * mean) ?? 1;
  return Array.from({ length: ranges + 1 }, (_, range) =>
    range === ranges ? items : Math.min(items, Math.round((items * range) / ranges / step) * step),
  );
}

/** How many items each thread, or each of its pieces, gets, in order, without those that get none. */
export function sharesOf(items: number, threads: number, pieces = 1): number[] {
  return lengths(partition(items, threads, pieces)).filter((length) => length > 0);
}

/** The lengths of the ranges between bounds. */
export function lengths(bounds: readonly number[]): number[] {
  return bounds.slice(1).map((end, index) => end - bounds[index]!);
}
