import { UsageError } from '../src/cli/usage-error.ts';
import { shuffled } from '../src/data/batches.ts';
import type { Examples } from '../src/data/dataset.ts';
import type { Sequential } from '../src/layers/sequential.ts';
import { readWeights } from '../src/model/weights.ts';
import type { Engine } from '../src/tensor/engine.ts';
import { createEngine, type EngineName } from '../src/tensor/engines.ts';
import { checkAgreement } from './check.ts';
import { checkMachine } from './machine.ts';
import { PyTorch, pytorchMissing } from './pytorch.ts';
import {
  bestRatio,
  type Block,
  type Contender,
  fastest,
  label,
  planBlock,
  race,
  type RaceResult,
  whole,
} from './race.ts';
import { writeResult } from './results.ts';

export interface RaceArguments {
  readonly model: string;
  readonly engine: EngineName;
  readonly batchSize: number;
  /** Numbers of threads, for weft and for PyTorch; one and two if left out. */
  readonly threads: readonly number[] | undefined;
  readonly revectorize: boolean;
  readonly pairs: number;
  /** In a block; as many as take about two seconds if left out, at most all. */
  readonly batches: number | undefined;
  readonly json: string | undefined;
  readonly pytorch: boolean;
  readonly strict: boolean;
  readonly python: string;
}

/** A network on one of weft's engines: it is trained or used, batch by batch. */
export interface Runner {
  readonly engine: Engine;
  readonly model: Sequential;
  /** Goes on with the next batches; `loss` is their mean if it trains. */
  readonly run: (batches: number) => Promise<Block & { readonly loss?: number }>;
  /** Of the first batch with the weights as they are, without dropout: [batch, classes], row by row. */
  readonly logits: () => Promise<ArrayLike<number>>;
}

export interface RaceTask {
  readonly task: 'train' | 'infer';
  /** Positions of the images, in the order in which everyone goes through them. */
  readonly order: Int32Array;
  readonly start: (engine: Engine) => Promise<Runner>;
}

/** What rounding may change. Logits are around 0.1, losses around 2. */
export const logitBound = 1e-4;
/**
 * For the losses of the first steps, which weft and PyTorch must have alike. Adam's first updates are as large as the
 * rate for every weight, so that rounding decides where a weight goes whose gradient is next to nothing; from there on
 * the difference grows, and after some ten steps there is nothing left to compare.
 */
export const lossBounds: readonly number[] = [1e-4, 1e-4, 1e-3, 1e-3, 1e-3];
/** In a block of the trial that chooses how PyTorch runs. */
export const trialBatches = 10;

/**
 * Races a network on weft's engines, one for each number of threads, against PyTorch, with the same weights on the
 * same images in the same order, once both have given the same results.
 */
export async function raceModel(args: RaceArguments, task: RaceTask): Promise<RaceResult> {
  checkMachine(args.strict);
  const threads = args.threads ?? (args.engine === 'reference' || args.engine === 'gpu' ? [1] : [1, 2]);
  const runners: Runner[] = [];
  const peers: PyTorch[] = [];
  try {
    for (const count of threads) runners.push(await startWeft(args, task, count));
    const missing = args.pytorch ? pytorchMissing(args.python, args.model) : null;
    if (missing !== null) console.log(missing);
    if (args.pytorch && missing === null) {
      const weights = await readWeights(runners[0]!.model, runners[0]!.engine);
      const options = { ...args, task: task.task, weights, order: task.order };
      for (const count of threads) peers.push(await PyTorch.start(options, count));
    }
    await compareResults(task, runners, peers);

    const weft = runners.map(({ engine, run }): Contender => {
      return { name: 'weft', threads: engine.threads, version: engine.description, run };
    });
    const pytorch = [];
    for (const peer of peers) pytorch.push(await peer.choose(trialBatches));
    const most = task.order.length / args.batchSize;
    const batches = args.batches ?? (await planBlock(weft[0]!, most));
    const engine = runners[0]!.engine.name;
    const result = await race(weft, pytorch, { ...args, engine, batches });
    report(result);
    if (args.json) {
      writeResult(args.json, result);
      console.log(`written to ${args.json}`);
    }
    return result;
  } finally {
    for (const peer of peers) peer.stop();
    for (const { engine } of runners) await engine.close();
  }
}

/** Positions of `images` images but for the last ones, which would make a shorter batch. */
export function wholeBatches(images: number, batchSize: number): Int32Array {
  if (batchSize > images) throw new UsageError(`--batch-size: there are ${images} images, got ${batchSize}`);
  return Int32Array.from({ length: images - (images % batchSize) }, (_, i) => i);
}

/** The order in which everyone goes through the images, in whole batches. */
export function imageOrder({ labels }: Examples, batchSize: number): Int32Array {
  return shuffled(wholeBatches(labels.size, batchSize), 1, 1);
}

async function startWeft(args: RaceArguments, { start }: RaceTask, threads: number): Promise<Runner> {
  const { engine, reason } = await createEngine(args.engine, { threads, revectorize: args.revectorize });
  console.log(`${args.model}, batch ${args.batchSize}, ${engine.name}: ${engine.description} (${reason})`);
  return start(engine);
}

/** The logits of the first batch, then the losses of the first steps, unless dropout makes them random. */
async function compareResults(
  { task }: RaceTask,
  runners: readonly Runner[],
  peers: readonly PyTorch[],
): Promise<void> {
  const [first] = runners;
  const hasDropout = first!.model.layers.some(({ name }) => name.startsWith('dropout'));
  const logits = await first!.logits();
  const losses = task === 'train' ? await firstLosses(first!.run) : [];
  for (const { engine, logits: compute, run } of runners.slice(1)) {
    const who = label({ name: 'weft', threads: engine.threads });
    // to the last bit: the number of threads changes no result
    checkAgreement(await compute(), logits, 0, `${who}: logits`);
    if (task === 'train') checkAgreement(await firstLosses(run), losses, 0, `${who}: losses`);
  }
  for (const peer of peers) {
    for (const form of peer.forms) {
      const who = `${label({ name: 'PyTorch', threads: peer.threads })}, ${form}`;
      checkAgreement(await peer.logits(form), logits, logitBound, `${who}: logits`);
      if (task === 'infer' || hasDropout) continue;
      const theirs = await firstLosses((batches) => peer.run(form, batches));
      checkAgreement(theirs, losses, lossBounds, `${who}: losses`);
    }
  }
  if (peers.length > 0) {
    const withLosses = task === 'train' && !hasDropout ? `, losses of ${lossBounds.length} steps` : '';
    console.log(`weft and PyTorch agree: logits of ${logits.length / classes(first!)} images${withLosses}`);
  }
}

function classes({ model }: Runner): number {
  return model.outputShape[0]!;
}

async function firstLosses(run: Runner['run']): Promise<number[]> {
  const losses: number[] = [];
  for (let step = 0; step < lossBounds.length; step++) losses.push((await run(1)).loss!);
  return losses;
}

function report(result: RaceResult): void {
  console.log();
  const speeds = [
    ...result.weft.map((speed) => ({ name: 'weft' as const, ...speed })),
    ...result.pytorch.map((speed) => ({ name: 'PyTorch' as const, ...speed })),
  ];
  for (const { name, threads, version, imagesPerSecond } of speeds) {
    const { median, best } = imagesPerSecond;
    const milliseconds = ((1000 * result.batchSize) / median).toFixed(2);
    console.log(
      `${label({ name, threads })}: ${whole(median)} images/s (best ${whole(best)}), ${milliseconds} ms for a batch; ` +
        version,
    );
  }
  const best = bestRatio(result);
  if (best === undefined) return;
  const [mine, other] = [fastest(result.weft), fastest(result.pytorch)];
  console.log(
    `${label({ ...mine, name: 'weft' })}, is ${best.ratio.toFixed(2)} times as fast as ` +
      `${label({ ...other, name: 'PyTorch' })} (${best.range.map((ratio) => ratio.toFixed(2)).join(' to ')})`,
  );
}
