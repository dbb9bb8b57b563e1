/**
 * How the main thread and its workers talk: by 32-bit words in shared memory. Each word has a cache line (16 words) of
 * its own, so that a write to one word does not slow down a thread that waits for another.
 *
 * The main thread writes a command, then raises `generation`. Each worker carries out the command and writes the same
 * generation to its own word `done`.
 *
 * The word `team` says how many threads take part. Threads from that number on are away: they sleep until it grows, and no
 * command is for them. The main thread writes it before the command `gather`, which threads that leave and threads that
 * come back both carry out.
 */
const wordsPerLine = 16;

export const words = {
  generation: 0,
  /** What to do: gather, load a program, or run one phase of one. */
  command: 16,
  program: 32,
  phase: 48,
  /** Number of workers that sleep until `generation` changes. */
  sleepers: 64,
  /** 1 while the main thread sleeps until a worker is done. */
  mainSleeps: 80,
  /** How often workers look for a command before they sleep. */
  rounds: 96,
  /** Number of threads that work, the main one included. */
  team: 112,
  /** The word of thread 0, which is never used; those of workers 1, 2, 3 … follow, a line each. */
  done: 128,
} as const;

export const commands = { gather: 0, load: 1, run: 2 } as const;

export function doneWord(thread: number): number {
  return words.done + thread * wordsPerLine;
}

export function controlBytes(threads: number): number {
  return doneWord(threads) * Int32Array.BYTES_PER_ELEMENT;
}

/** Sent to a worker with a `load` command: a program's compiled module. */
export interface LoadMessage {
  readonly program: number;
  readonly module: WebAssembly.Module;
}

/** Given to a worker when it starts. */
export interface WorkerStart {
  readonly thread: number;
  readonly control: Int32Array;
  readonly memory: WebAssembly.Memory;
}

/**
 * Looks again and again, `rounds` times at most (patience.ts decides how often).
 *
 * @returns whether `ready` became true
 */
export function spin(ready: () => boolean, rounds: number): boolean {
  for (let round = 0; round < rounds; round++) {
    if (ready()) return true;
    pause?.();
  }
  return false;
}

/** Tells the processor that this loop waits. TypeScript's library does not know it yet. */
const pause = (Atomics as { pause?: () => void }).pause?.bind(Atomics);
