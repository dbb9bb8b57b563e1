/** Several contenders do the same work in turn, on the same machine at the same time. */
import { setTimeout } from 'node:timers/promises';

/** Some work, done: batches trained on or classified, or products. */
export interface Block {
  readonly seconds: number;
  /** Of work: images, or 10⁹ operations of products. */
  readonly work: number;
}

/** Does `count` more batches or products. */
export type RunBlock = (count: number) => Promise<Block>;

/** A contender with blocks of a length of its own, so that slow and fast ones take about the same time. */
export interface Contender {
  readonly run: RunBlock;
  /** Batches or products in a block. */
  readonly count: number;
}

/**
 * Lets the threads of one contender go to sleep before the next one starts: those of OpenBLAS look for work for a tenth
 * of a second, on a core that another one would need.
 */
export const pauseMilliseconds = 200;

/**
 * Speeds in work per second, [contender][round]. Each round every contender does one block; every second round they go
 * in reverse (A B B A), so that none always follows the same other.
 */
export async function takeTurns(
  contenders: readonly Contender[],
  rounds: number,
  onRound: (round: number, speeds: readonly number[]) => void = () => {},
): Promise<number[][]> {
  const speeds = contenders.map((): number[] => []);
  const order = [...contenders.entries()];
  for (let round = 0; round < rounds; round++) {
    for (const [index, { run, count }] of round % 2 === 0 ? order : order.toReversed()) {
      await setTimeout(pauseMilliseconds);
      const { work, seconds } = await run(count);
      speeds[index]!.push(work / seconds);
    }
    onRound(
      round,
      speeds.map((samples) => samples.at(-1)!),
    );
  }
  return speeds;
}

/** A block lasts about so long, unless one batch takes longer. */
export const blockSeconds = 1.5;

/** Warms up, and says how many batches or products make a block of about `seconds`: one at least, `most` at most. */
export async function planBlock(
  run: RunBlock,
  seconds: number = blockSeconds,
  most: number = Infinity,
): Promise<number> {
  for (let count = 1; ; count = Math.min(most, count * 4)) {
    const block = await run(count);
    if (block.seconds > seconds / 4 || count >= most) {
      return Math.max(1, Math.min(most, Math.round((seconds * count) / block.seconds)));
    }
  }
}
