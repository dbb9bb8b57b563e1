/**
 * The order of dispatches. If one depends on another, the device waits between them until the first is done; otherwise
 * they may overlap. WebGPU inserts these waits (barriers) by itself, from the buffers that dispatches read and write: a
 * dispatch needs one if, since the last barrier, another wrote what it touches or read what it writes.
 */
import type { Storage } from '../../../tensor/tensor.ts';
import { accessesOf, type Call } from './call.ts';

/**
 * The level of each item: the length of the longest chain of earlier items that it waits for. Items of one level do
 * not depend on each other.
 *
 * @param items each some calls that run one after the other
 */
export function levelsOf(items: readonly (readonly Call[])[]): number[] {
  const written = new Map<Storage, number>();
  const read = new Map<Storage, number>();
  return items.map((calls) => {
    const accesses = calls.map(accessesOf);
    const reads = accesses.flatMap((access) => access.reads);
    const writes = accesses.flatMap((access) => access.writes);
    let level = 0;
    for (const storage of reads) level = Math.max(level, (written.get(storage) ?? -1) + 1);
    for (const storage of writes) {
      level = Math.max(level, (written.get(storage) ?? -1) + 1, (read.get(storage) ?? -1) + 1);
    }
    for (const storage of reads) read.set(storage, Math.max(read.get(storage) ?? 0, level));
    for (const storage of writes) written.set(storage, level);
    return level;
  });
}

/** Sorts calls by their level, so that those of one level stand side by side. Within a level the order stays. */
export function byLevel(calls: readonly Call[]): readonly Call[] {
  const levels = levelsOf(calls.map((call) => [call]));
  return calls
    .map((call, index) => ({ call, level: levels[index]! }))
    .toSorted((a, b) => a.level - b.level)
    .map(({ call }) => call);
}

/** How many barriers the calls need in this order. */
export function countBarriers(calls: readonly Call[]): number {
  const [written, read] = [new Set<Storage>(), new Set<Storage>()];
  let barriers = 0;
  for (const call of calls) {
    const { reads, writes } = accessesOf(call);
    const waits =
      reads.some((storage) => written.has(storage)) ||
      writes.some((storage) => written.has(storage) || read.has(storage));
    if (waits) {
      barriers += 1;
      written.clear();
      read.clear();
    }
    for (const storage of reads) read.add(storage);
    for (const storage of writes) written.add(storage);
  }
  return barriers;
}
