/**
 * The order of dispatches. If one depends on another, the device waits between them until the first is done; otherwise
 * they may overlap. WebGPU inserts these waits (barriers) by itself, from the buffers that dispatches read and write: a
 * dispatch needs one if, since the last barrier, another wrote what it touches or read what it writes.
 */
import type { Storage } from '../../../tensor/tensor.ts';
import { accessesOf, type Call } from './call.ts';

/** The calls, those of the first level first. Within a level the order stays. */
export function byLevel(calls: readonly Call[]): readonly Call[] {
  return levelsOf(calls).flat();
}

/**
 * The calls of each level. The level of a call is the length of the longest chain of calls that it depends on, so that
 * calls of one level do not depend on each other.
 */
export function levelsOf(calls: readonly Call[]): readonly (readonly Call[])[] {
  const written = new Map<Storage, number>();
  const read = new Map<Storage, number>();
  const levels: Call[][] = [];
  for (const call of calls) {
    const { reads, writes } = accessesOf(call);
    let level = 0;
    for (const storage of reads) level = Math.max(level, (written.get(storage) ?? -1) + 1);
    for (const storage of writes) {
      level = Math.max(level, (written.get(storage) ?? -1) + 1, (read.get(storage) ?? -1) + 1);
    }
    for (const storage of reads) read.set(storage, Math.max(read.get(storage) ?? 0, level));
    for (const storage of writes) written.set(storage, level);
    const others = levels[level];
    if (others) others.push(call);
    else levels[level] = [call];
  }
  return levels;
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
