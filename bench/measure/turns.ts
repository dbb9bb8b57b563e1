/** Contenders take turns: each does a block of the same work, then the next one, so that all see the same machine. */
import { setTimeout } from 'node:timers/promises';

/** The work that was done: batches of images, or products. */
export interface Block {
  readonly seconds: number;
  /** The amount of work: images, or 10⁹ floating-point operations. */
  readonly work: number;
}

/** Does the next `count` batches or products. */
export type RunBlock = (count: number) => Promise<Block>;

/** How a contender does a block, and how long its blocks are: slow and fast contenders take about the same time. */
export interface BlockPlan {
  readonly run: RunBlock;
  /** Batches or products in a block. */
  readonly count: number;
}

/**
 * A pause before each block, in which the threads of the contender before it go to sleep: threads of OpenBLAS look for
 * work for a tenth of a second, on a core that the next contender needs.
 */
export const pauseMilliseconds = 200;

/**
 * Speeds in work per second, [plan][round]. In each round each contender does one block. Every second round has the
 * reverse order (A B B A), so that no contender always follows the same other one.
 */
export async function takeTurns(
  plans: readonly BlockPlan[],
  rounds: number,
  onRound: (round: number, speeds: readonly number[]) => void = () => {},
): Promise<number[][]> {
  const speeds = plans.map((): number[] => []);
  const order = [...plans.entries()];
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

/** About how many seconds a block lasts, unless one batch takes longer. */
export const blockSeconds = 1.5;

/** Warms up, then returns how many batches or products make a block of about `seconds`: from 1 to `most`. */
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
