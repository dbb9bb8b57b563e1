/**
 * `bench step`, `bench scaling`, `bench inference`: how fast weft trains and classifies. Each preset, engine, number of
 * threads and batch size runs in a process of its own, so that its memory can be measured. Those of one network and batch
 * size take turns.
 */
import { writeFileSync } from 'node:fs';
import Table from 'cli-table3';
import { UsageError } from '../../src/cli/framework/usage-error.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { label, rate, whole } from '../measure/format.ts';
import { checkMachine, type Conditions, usualThreads } from '../measure/machine.ts';
import { writeResult } from '../measure/results.ts';
import { type Spread, spread } from '../measure/spread.ts';
import { type BlockPlan, planBlock, takeTurns } from '../measure/turns.ts';
import { libraryNamed } from '../libraries/libraries.ts';
import { checkNetwork, firstResults } from '../race/contenders.ts';
import { ProcessNetwork } from '../race/process-network.ts';
import { logitBound, lossBounds, type NetworkTask } from './measured-network.ts';
import { scalingFigure } from './scaling-figure.ts';

export interface SpeedsArguments {
  readonly models: readonly string[];
  readonly engines: readonly Engine['name'][];
  readonly batchSizes: readonly number[];
  /** Numbers of threads of the wasm engine; left out: 1, and 2 where there are two cores. Other engines use one. */
  readonly threads: readonly number[] | undefined;
  readonly revectorize: boolean;
  /** Blocks that each contender does. */
  readonly rounds: number;
  readonly strict: boolean;
  readonly json: string | undefined;
  /** File for the figure, which shows the first network on the first engine. */
  readonly figure?: string | undefined;
}

/** One network, engine, batch size and number of threads. */
export interface NetworkSpeed {
  readonly model: string;
  readonly engine: Engine['name'];
  readonly batchSize: number;
  readonly threads: number;
  /** Batches in a block. */
  readonly count: number;
  readonly imagesPerSecond: Spread;
  /** The peak memory of the process, with the data set. */
  readonly peakMebibytes: number;
}

/** The result file of `bench step`, `bench scaling` and `bench inference`. */
export interface SpeedsResult extends Conditions {
  readonly task: NetworkTask;
  readonly rounds: number;
  readonly speeds: readonly NetworkSpeed[];
}

/** How many images Fashion-MNIST has for training and for inference. */
const imageCounts: Readonly<Record<NetworkTask, number>> = { train: 60_000, infer: 10_000 };
/** How many steps must have the same loss before anything is timed. */
const checkedSteps = 2;

export async function benchSpeeds(task: NetworkTask, args: SpeedsArguments): Promise<SpeedsResult> {
  const images = imageCounts[task];
  const tooLarge = args.batchSizes.find((size) => size > images);
  if (tooLarge !== undefined) {
    throw new UsageError(`--batch-size: there are ${images} images, got ${tooLarge}`);
  }
  const conditions = checkMachine(args.strict);
  const speeds: NetworkSpeed[] = [];
  for (const model of args.models) {
    for (const batchSize of args.batchSizes) speeds.push(...(await measure(task, model, batchSize, args)));
  }
  const result: SpeedsResult = { ...conditions, task, rounds: args.rounds, speeds };
  print(result);
  writeResult(args.json, result);
  if (args.figure !== undefined) {
    const { model, engine } = speeds[0]!;
    const shown = speeds.filter((speed) => speed.model === model && speed.engine === engine);
    writeFileSync(args.figure, scalingFigure(`${model}, ${engine}: training, by batch size`, shown));
    console.log(`written to ${args.figure}`);
  }
  return result;
}

/** Checks that all engines and numbers of threads agree, then measures them in turn. */
async function measure(
  task: NetworkTask,
  model: string,
  batchSize: number,
  args: SpeedsArguments,
): Promise<NetworkSpeed[]> {
  const networks: { readonly engine: Engine['name']; readonly network: ProcessNetwork }[] = [];
  try {
    for (const engine of args.engines) {
      const counts = args.threads ?? usualThreads();
      for (const threads of engine === 'wasm' ? counts : [1]) {
        networks.push({ engine, network: await start(task, model, batchSize, engine, threads, args) });
      }
    }
    await compareResults(task, model, networks);
    const plans: BlockPlan[] = [];
    for (const { network } of networks) {
      const run = network.runBlock;
      const count = await planBlock(run);
      plans.push({ run, count });
    }
    await takeTurns(plans, 1); // warms up
    const measured = await takeTurns(plans, args.rounds);
    const speeds: NetworkSpeed[] = [];
    for (const [index, { engine, network }] of networks.entries()) {
      speeds.push({
        model,
        engine,
        batchSize,
        threads: network.threads,
        count: plans[index]!.count,
        imagesPerSecond: spread(measured[index]!),
        peakMebibytes: await network.peakMemory(),
      });
    }
    const parts = speeds.map(
      ({ engine, threads, imagesPerSecond: { median } }) =>
        `${label({ name: engine, threads })} ${rate(median)}`,
    );
    console.log(`${model}, batch ${batchSize}: ${parts.join('   ')} images/s`);
    return speeds;
  } finally {
    for (const { network } of networks) network.stop();
  }
}

async function start(
  task: NetworkTask,
  model: string,
  batchSize: number,
  engine: Engine['name'],
  threads: number,
  { revectorize }: SpeedsArguments,
): Promise<ProcessNetwork> {
  const question = { task, model, batchSize, engine, threads, revectorize };
  const network = await ProcessNetwork.start(libraryNamed('weft'), { python: '' }, question);
  console.log(`${model}, batch ${batchSize}, ${engine}: ${network.version}`);
  return network;
}

/** On one engine all bits must agree, for any number of threads. Two engines must agree to rounding. */
async function compareResults(
  task: NetworkTask,
  model: string,
  networks: readonly { readonly engine: Engine['name']; readonly network: ProcessNetwork }[],
): Promise<void> {
  const [first, ...others] = networks;
  const expected = await firstResults(first!.network, task === 'train' ? checkedSteps : 0);
  for (const { engine, network } of others) {
    const bounds =
      engine === first!.engine
        ? { logitBound: 0, lossBounds: lossBounds.map(() => 0) }
        : { logitBound, lossBounds };
    const name = `${model}, ${network.version}`;
    await checkNetwork(network, { ...expected, ...bounds, seconds: Infinity }, { name });
  }
}

function print({ task, speeds }: SpeedsResult): void {
  const isTraining = task === 'train';
  const table = new Table({
    head: [
      'network',
      'engine',
      'threads',
      'batch',
      'images/s',
      'p10',
      'p90',
      'ms a batch',
      ...(isTraining ? ['epochs/s'] : []),
      'peak memory',
    ],
    colAligns: ['left', 'left', ...Array.from({ length: 8 }, () => 'right' as const)],
    style: { head: [], border: [], compact: true },
  });
  for (const { model, engine, threads, batchSize, imagesPerSecond, peakMebibytes } of speeds) {
    const { median, p10, p90 } = imagesPerSecond;
    table.push([
      model,
      engine,
      threads,
      batchSize,
      rate(median),
      rate(p10),
      rate(p90),
      ((1000 * batchSize) / median).toPrecision(3),
      ...(isTraining ? [epochsPerSecond(median)] : []),
      `${whole(peakMebibytes)} MiB`,
    ]);
  }
  console.log(`\n${table.toString()}`);
  const clock = isTraining
    ? 'shuffling, gathering a batch, forward, backward, Adam'
    : 'gathering a batch of bytes, scaling, forward, argmax';
  const epoch = isTraining ? `; an epoch has ${whole(imageCounts.train)} images` : '';
  console.log(`inside the clock: ${clock}${epoch}; memory includes the data set`);
}

/** Seconds for an epoch of all training images, at the fastest speed measured. */
export function fastestEpoch({ speeds }: SpeedsResult): number {
  return imageCounts.train / Math.max(...speeds.map(({ imagesPerSecond }) => imagesPerSecond.median));
}

/** Epochs per second, from images per second. */
export function epochsPerSecond(imagesPerSecond: number): string {
  return (imagesPerSecond / imageCounts.train).toPrecision(3);
}
