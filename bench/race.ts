/** Several contenders do the same work in turn, on the same machine at the same time. */
import { setTimeout } from 'node:timers/promises';
import { describeMachine } from './machine.ts';
import { median } from './results.ts';

/** A number of batches, done: trained on or classified. */
export interface Block {
  readonly seconds: number;
  readonly images: number;
}

export interface Contender {
  readonly name: 'weft' | 'PyTorch';
  readonly threads: number;
  /** What exactly ran: an engine's description, a version. */
  readonly version: string;
  /** Goes on with the next batches, through the images again and again. */
  run(batches: number): Promise<Block>;
}

export interface Speed {
  readonly threads: number;
  readonly version: string;
  readonly imagesPerSecond: { readonly median: number; readonly best: number };
}

/** How many times as fast one is as the other: the median of the ratios of neighbouring blocks, and their range. */
export interface Ratio {
  readonly ratio: number;
  readonly range: readonly [number, number];
}

/** The result file of `bench step` and `bench inference`. */
export interface RaceResult {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly model: string;
  readonly engine: string;
  readonly batchSize: number;
  /** Batches in a block, and blocks of each contender. */
  readonly batches: number;
  readonly pairs: number;
  readonly weft: readonly Speed[];
  /** `forms`: images per second of each layout in memory, in the trial that chose the first of them. */
  readonly pytorch: readonly (Speed & { readonly forms: Readonly<Record<string, number>> })[];
  readonly ratios: readonly (Ratio & { readonly weftThreads: number; readonly pytorchThreads: number })[];
}

/** Lets the threads of one contender go to sleep before the next one starts. */
const pauseMilliseconds = 100;
/** A block lasts about this long, or as long as all images take. */
const blockSeconds = 2;

/**
 * Speeds in images per second, [contender][round]. Each round every contender does one block; every second round
 * they go in reverse (A B B A), so that none always follows the same other.
 */
export async function takeTurns(
  contenders: readonly Pick<Contender, 'run'>[],
  { batches, rounds }: { readonly batches: number; readonly rounds: number },
  onRound: (round: number, speeds: readonly number[]) => void = () => {},
): Promise<number[][]> {
  const speeds = contenders.map((): number[] => []);
  const order = [...contenders.entries()];
  for (let round = 0; round < rounds; round++) {
    for (const [index, contender] of round % 2 === 0 ? order : order.toReversed()) {
      await setTimeout(pauseMilliseconds);
      const { images, seconds } = await contender.run(batches);
      speeds[index]!.push(images / seconds);
    }
    onRound(
      round,
      speeds.map((samples) => samples.at(-1)!),
    );
  }
  return speeds;
}

/** Speeds that were measured in the same rounds. */
export function compareRounds(speeds: readonly number[], others: readonly number[]): Ratio {
  const ratios = speeds.map((speed, round) => speed / others[round]!);
  return { ratio: median(ratios), range: [Math.min(...ratios), Math.max(...ratios)] };
}

/** How many batches make a block: tens of them, at most `most`. Warms up the contender on the way. */
export async function planBlock(contender: Contender, most: number): Promise<number> {
  let speed = 0;
  for (let seconds = 0; seconds < blockSeconds / 2;) {
    const block = await contender.run(Math.min(10, most));
    seconds += block.seconds;
    speed = Math.min(10, most) / block.seconds;
  }
  return Math.min(most, Math.max(10, Math.round((speed * blockSeconds) / 10) * 10));
}

/** One PyTorch contender for each number of threads, with the speeds of the forms that were tried. */
export interface Peer extends Contender {
  readonly forms: Readonly<Record<string, number>>;
}

/** Races weft on several numbers of threads against PyTorch on several, prints each round, and sums up. */
export async function race(
  weft: readonly Contender[],
  pytorch: readonly Peer[],
  { model, engine, batchSize, batches, pairs }: Omit<RaceResult, 'machine' | 'weft' | 'pytorch' | 'ratios'>,
): Promise<RaceResult> {
  // weft and PyTorch alternate, so that blocks of a pair are neighbours
  const rows = Math.max(weft.length, pytorch.length);
  const contenders = Array.from({ length: rows }, (_, index) => [weft[index], pytorch[index]])
    .flat()
    .filter((contender) => contender !== undefined);
  console.log(`images/s on blocks of ${batches} batches of ${batchSize}:`);
  await takeTurns(contenders, { batches, rounds: 1 }); // warms up
  const measured = await takeTurns(contenders, { batches, rounds: pairs }, (round, speeds) => {
    const parts = contenders.map((contender, index) => `${label(contender)} ${whole(speeds[index]!)}`);
    console.log(`${String(round + 1).padStart(2)}/${pairs}  ${parts.join('   ')}`);
  });
  const speedsOf = (contender: Contender): readonly number[] => measured[contenders.indexOf(contender)]!;
  const speed = (contender: Contender): Speed => ({
    threads: contender.threads,
    version: contender.version,
    imagesPerSecond: { median: median(speedsOf(contender)), best: Math.max(...speedsOf(contender)) },
  });
  return {
    machine: describeMachine(),
    model,
    engine,
    batchSize,
    batches,
    pairs,
    weft: weft.map(speed),
    pytorch: pytorch.map((peer) => ({ ...speed(peer), forms: peer.forms })),
    ratios: weft.flatMap((mine) =>
      pytorch.map((other) => ({
        weftThreads: mine.threads,
        pytorchThreads: other.threads,
        ...compareRounds(speedsOf(mine), speedsOf(other)),
      })),
    ),
  };
}

/** The fastest of several, by the median. */
export function fastest<T extends Speed>(speeds: readonly T[]): T {
  return speeds.reduce((best, speed) =>
    speed.imagesPerSecond.median > best.imagesPerSecond.median ? speed : best,
  );
}

/** The ratio of weft's best number of threads to PyTorch's; undefined if PyTorch did not run. */
export function bestRatio({ weft, pytorch, ratios }: RaceResult): Ratio | undefined {
  if (pytorch.length === 0) return undefined;
  const [mine, other] = [fastest(weft).threads, fastest(pytorch).threads];
  return ratios.find(({ weftThreads, pytorchThreads }) => weftThreads === mine && pytorchThreads === other);
}

export function label({ name, threads }: { readonly name: string; readonly threads: number }): string {
  return `${name}, ${threads} thread${threads === 1 ? '' : 's'}`;
}

/** `12,345` */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
