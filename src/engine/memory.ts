/** Something that needs memory from step `first` to step `last` of a program, both included. */
export interface Lifetime {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** The place of each lifetime, in bytes from the start, and the bytes needed in all. */
export interface MemoryPlan {
  readonly offsets: readonly number[];
  readonly bytes: number;
}

/** A cache line; also the alignment of the widest vector load. */
export const alignment = 64;

export function alignUp(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

/**
 * Places buffers ahead of time so that two share memory only if their lifetimes do not overlap. Greedy by
 * size: the largest first, each at the lowest offset that is free for its whole lifetime (Pisarchyk and Lee,
 * "Efficient memory management for deep neural net inference", 2020, section 5.2). Offsets are multiples of
 * `alignment`.
 */
export function planMemory(lifetimes: readonly Lifetime[]): MemoryPlan {
  const offsets = lifetimes.map(() => 0);
  const bySize = lifetimes
    .map((_, index) => index)
    .toSorted((a, b) => lifetimes[b]!.bytes - lifetimes[a]!.bytes);
  const placed: { readonly lifetime: Lifetime; readonly start: number; readonly end: number }[] = [];
  let bytes = 0;
  for (const index of bySize) {
    const lifetime = lifetimes[index]!;
    let start = 0;
    for (const other of placed) {
      const overlaps = other.lifetime.first <= lifetime.last && lifetime.first <= other.lifetime.last;
      if (!overlaps) continue;
      // `placed` is sorted by start: the gap before `other` is large enough
      if (other.start >= start + lifetime.bytes) break;
      start = Math.max(start, alignUp(other.end));
    }
    const block = { lifetime, start, end: start + lifetime.bytes };
    const position = placed.findIndex((other) => other.start > start);
    placed.splice(position < 0 ? placed.length : position, 0, block);
    offsets[index] = start;
    bytes = Math.max(bytes, alignUp(block.end));
  }
  return { offsets, bytes };
}
