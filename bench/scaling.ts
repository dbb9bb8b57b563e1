import { writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import Table from 'cli-table3';
import type { EngineName } from '../src/tensor/engines.ts';
import { UsageError } from '../src/cli/usage-error.ts';
import { checkMachine, describeMachine } from './machine.ts';
import { contenders } from './peers/contenders.ts';
import { planBlock, ProcessNetwork } from './peers-network.ts';
import { agree, raceParticipants } from './peers-race.ts';
import { label, whole } from './race.ts';
import { lossBounds } from './race-model.ts';
import { type Spread, writeResult } from './results.ts';
import { scalingFigure } from './scaling-figure.ts';

export interface ScalingArguments {
  /** Measures nothing on a busy machine. */
  readonly strict: boolean;
  readonly models: readonly string[];
  readonly engines: readonly EngineName[];
  readonly batchSizes: readonly number[];
  /** One and two if left out, as far as there are so many; the wasm engine alone has more than one. */
  readonly threads: readonly number[] | undefined;
  readonly rounds: number;
  readonly json: string | undefined;
  /** File for the figure: of the first model on the first engine. */
  readonly figure: string | undefined;
}

/** Training with one network, engine, batch size and number of threads, in a process of its own. */
export interface ScalingPoint {
  readonly model: string;
  readonly engine: string;
  readonly batchSize: number;
  readonly threads: number;
  /** Steps in a block. */
  readonly count: number;
  readonly imagesPerSecond: Spread;
  /** From the median. */
  readonly epochsPerSecond: number;
  /** The most memory that the process has had, the data set included. */
  readonly peakMebibytes: number;
}

export interface ScalingResult {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly loadAverage: number;
  readonly rounds: number;
  readonly points: readonly ScalingPoint[];
}

const epochImages = 60_000;
/** Of the losses that must agree before anything is timed. */
const checkedSteps = 2;

/** Times training steps for many batch sizes, networks and engines: images per second, epochs, memory. */
export async function benchScaling(args: ScalingArguments): Promise<void> {
  const tooLarge = args.batchSizes.find((size) => size > epochImages);
  if (tooLarge !== undefined)
    throw new UsageError(`--batch-sizes: there are ${epochImages} images, got ${tooLarge}`);
  const result = { machine: describeMachine(), loadAverage: loadavg()[0]!, rounds: args.rounds };
  checkMachine(args.strict);
  const points: ScalingPoint[] = [];
  for (const model of args.models) {
    for (const batchSize of args.batchSizes) points.push(...(await measure(model, batchSize, args)));
  }
  print(points);
  if (args.json !== undefined) {
    writeResult(args.json, { ...result, points } satisfies ScalingResult);
    console.log(`written to ${args.json}`);
  }
  if (args.figure !== undefined) {
    const { model, engine } = points[0]!;
    const shown = points.filter((point) => point.model === model && point.engine === engine);
    writeFileSync(args.figure, scalingFigure(`${model}, ${engine}: training, by batch size`, shown));
    console.log(`written to ${args.figure}`);
  }
}

/** All engines and numbers of threads in turn, once the losses of their first steps agree. */
async function measure(
  model: string,
  batchSize: number,
  { engines, rounds, threads = [1, 2].filter((count) => count <= availableParallelism()) }: ScalingArguments,
): Promise<ScalingPoint[]> {
  const weft = contenders.find(({ name }) => name === 'weft')!;
  const networks: { engine: string; network: ProcessNetwork }[] = [];
  try {
    const losses: number[] = [];
    for (const engine of engines) {
      for (const count of engine === 'wasm' || engine === 'auto' ? threads : [1]) {
        const question = { task: 'train', model, batchSize, engine, threads: count };
        const network = await ProcessNetwork.start(weft, { python: '' }, question);
        networks.push({ engine, network });
        for (let step = 0; step < checkedSteps; step++) {
          const { loss } = await network.run(1);
          losses[step] ??= loss!;
          agree(
            [loss!],
            [losses[step]!],
            lossBounds[step]!,
            `${model}, ${network.version}: loss of step ${step + 1}`,
          );
        }
      }
    }
    const participants = [];
    for (const { network } of networks) {
      const { name, threads, version } = network;
      const run = (count: number): ReturnType<ProcessNetwork['run']> => network.run(count);
      const most = Math.floor(epochImages / batchSize);
      participants.push({ name, threads, version, run, count: await planBlock(network, most) });
    }
    const rows = await raceParticipants(participants, rounds);
    const points: ScalingPoint[] = [];
    for (const [index, { threads, count, speed }] of rows.entries()) {
      const { engine, network } = networks[index]!;
      const peakMebibytes = await network.peakMemory();
      const epochsPerSecond = speed.median / epochImages;
      points.push({
        model,
        engine,
        batchSize,
        threads,
        count,
        imagesPerSecond: speed,
        epochsPerSecond,
        peakMebibytes,
      });
    }
    const speeds = points.map(
      (point) =>
        `${point.engine}, ${label({ ...point, name: 'weft' })} ${whole(point.imagesPerSecond.median)}`,
    );
    console.log(`${model}, batch ${batchSize}: ${speeds.join('   ')} images/s`);
    return points;
  } finally {
    for (const { network } of networks) network.stop();
  }
}

function print(points: readonly ScalingPoint[]): void {
  const table = new Table({
    head: ['network', 'engine', 'threads', 'batch', 'images/s', 'p10', 'p90', 'epochs/s', 'peak memory'],
    colAligns: ['left', 'left', ...Array.from({ length: 7 }, () => 'right' as const)],
    style: { head: [], border: [], compact: true },
  });
  for (const {
    model,
    engine,
    threads,
    batchSize,
    imagesPerSecond,
    epochsPerSecond,
    peakMebibytes,
  } of points) {
    const { median, p10, p90 } = imagesPerSecond;
    table.push([
      model,
      engine,
      threads,
      batchSize,
      whole(median),
      whole(p10),
      whole(p90),
      epochsPerSecond.toPrecision(3),
      `${whole(peakMebibytes)} MiB`,
    ]);
  }
  console.log(table.toString());
  console.log(
    'inside the clock: shuffling, gathering a batch, forward, backward, Adam; memory includes the data set',
  );
}
