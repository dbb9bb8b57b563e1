import { inNode } from '../node.ts';
import type { MemoryLimits } from './assembler/module-builder.ts';

/** Bytes of a page of memory. A page takes memory only when it is used. */
export const pageBytes = 65_536;

/** 2 GiB of addresses in Node. Browsers may reserve them all at once, and phones do not have as many: there 512 MiB. */
const mostPages: number = inNode ? 32_768 : 8192;
/** With less than 128 MiB the engine does not try. */
const fewestPages = 2048;

export interface EngineMemory {
  readonly memory: WebAssembly.Memory;
  /** What a module says of it that imports it. */
  readonly limits: MemoryLimits;
}

/**
 * A memory that grows up to a maximum. A browser that does not give the addresses for one gets asked for half as many.
 *
 * @throws RangeError if it gives none
 */
export function createMemory(
  shared: boolean,
  create: (limits: MemoryLimits) => WebAssembly.Memory = newMemory,
): EngineMemory {
  for (let maximum = mostPages; ; maximum /= 2) {
    const limits = { initial: 1, maximum, shared };
    try {
      return { memory: create(limits), limits };
    } catch (error) {
      if (maximum / 2 < fewestPages) throw error;
    }
  }
}

function newMemory(limits: MemoryLimits): WebAssembly.Memory {
  return new WebAssembly.Memory(limits);
}
