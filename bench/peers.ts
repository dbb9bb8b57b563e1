import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import { fashionMnist } from '../src/data/fashion-mnist.ts';
import { encodeSafetensors, type NamedValues } from '../src/model/safetensors.ts';
import { EagerOps } from '../src/tensor/reference/eager.ts';
import { makeModel } from './forward.ts';
import { checkMachine, describeMachine } from './machine.ts';
import { errorBound, randomMatrix } from './matmul.ts';
import type { PeerProcess } from './peer-process.ts';
import { contenders, type ContenderSpec, missing } from './peers/contenders.ts';
import { readFloats } from './peers/protocol.ts';
import { planBlock, ProcessNetwork, type Started, startProcess } from './peers-network.ts';
import {
  agree,
  blockSeconds,
  type CheckedNetwork,
  checkNetwork,
  type NetworkCheck,
  type Participant,
  type PeerRow,
  raceParticipants,
  untimed,
} from './peers-race.ts';
import { PyTorch } from './pytorch.ts';
import { type Block, label, whole } from './race.ts';
import { imageOrder, logitBound, lossBounds, trialBatches } from './race-model.ts';
import { writeResult } from './results.ts';

export interface PeersArguments {
  /** Measures nothing on a busy machine. */
  readonly strict: boolean;
  readonly what: 'step' | 'matmul' | 'inference' | 'all';
  readonly model: string;
  /** Of `inference` and `step`; 64 to train, 256 and 1 to classify, if left out. */
  readonly batchSize: readonly number[] | undefined;
  /** For those that can be told; one and two if left out, as far as there are so many. */
  readonly threads: readonly number[] | undefined;
  readonly rounds: number;
  /** Names, or parts of names; all if left out. weft always takes part. */
  readonly only: readonly string[] | undefined;
  readonly python: string;
  /** Folder for the results. */
  readonly out: string | undefined;
}

/** A result file of `bench peers`: one network and batch size, or one product, in each of `races`. */
export interface PeersResult {
  readonly machine: Readonly<Record<string, string | number>>;
  /** Of other work as well, when it began. */
  readonly loadAverage: number;
  readonly what: 'step' | 'matmul' | 'inference';
  readonly rounds: number;
  readonly blockSeconds: number;
  readonly races: readonly PeersRace[];
}

export interface PeersRace {
  /** A network, or a product `64×784×32`. */
  readonly subject: string;
  readonly batchSize: number | null;
  /** Unit of speeds. */
  readonly unit: 'images/s' | 'GFLOP/s';
  readonly rows: readonly PeerRow[];
}

/** A block of products is shorter: there are many of them. */
const productSeconds = 0.2;
/** In a block, of the smallest products. */
const mostProducts = 1_000_000;
/** For the losses of the first steps of a slow contender. */
const checkSeconds = 60;

/** m, k, n of C [m, n] = A [m, k] · B [k, n]. */
export type ProductShape = readonly [number, number, number];

/** A layer of the MLP, sizes that fit no tile, squares. */
const products: readonly ProductShape[] = [
  [64, 784, 32],
  [97, 131, 61],
  ...[128, 256, 512, 1024].map((size): ProductShape => [size, size, size]),
];

/** Measures other libraries beside weft: all that are installed, each in a process of its own, in turn. */
export async function benchPeers(
  args: PeersArguments,
  specs: readonly ContenderSpec[] = contenders,
  shapes: readonly ProductShape[] = products,
): Promise<void> {
  const kinds = args.what === 'all' ? (['step', 'matmul', 'inference'] as const) : [args.what];
  for (const what of kinds) {
    checkMachine(args.strict);
    const head = { machine: describeMachine(), loadAverage: loadavg()[0]!, what, rounds: args.rounds };
    const races = await withFolder((folder) =>
      what === 'matmul' ? raceProducts(args, specs, shapes, folder) : raceNetworks(args, specs, what, folder),
    );
    for (const race of races) print(race, what);
    if (args.out !== undefined) {
      const name = what === 'matmul' ? 'peers-matmul.json' : `peers-${what}-${args.model}.json`;
      const result: PeersResult = {
        ...head,
        blockSeconds: what === 'matmul' ? productSeconds : blockSeconds,
        races,
      };
      writeResult(join(args.out, name), result);
      console.log(`written to ${join(args.out, name)}`);
    }
  }
}

async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-peers-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The contenders that do something, on each number of threads; those that are not installed as rows. */
function candidates(
  args: PeersArguments,
  specs: readonly ContenderSpec[],
  does: (spec: ContenderSpec) => boolean,
): { readonly ready: readonly (readonly [ContenderSpec, number])[]; readonly rows: readonly PeerRow[] } {
  const { only, threads = [1, 2].filter((count) => count <= availableParallelism()) } = args;
  const wanted = specs.filter(
    (spec) =>
      does(spec) &&
      (spec.name === 'weft' || only === undefined || only.some((part) => spec.name.includes(part))),
  );
  const ready: [ContenderSpec, number][] = [];
  const rows: PeerRow[] = [];
  for (const spec of wanted) {
    const reason = missing(spec, args);
    if (reason !== null) {
      console.log(`${spec.name}: skipped, ${reason}`);
      rows.push({ status: 'missing', name: spec.name, reason });
    } else {
      for (const count of spec.threads ? threads : [1]) ready.push([spec, count]);
    }
  }
  return { ready, rows };
}

async function raceNetworks(
  args: PeersArguments,
  specs: readonly ContenderSpec[],
  what: 'step' | 'inference',
  folder: string,
): Promise<PeersRace[]> {
  const task = what === 'step' ? 'train' : 'infer';
  const races: PeersRace[] = [];
  for (const batchSize of args.batchSize ?? (task === 'train' ? [64] : [256, 1])) {
    const { ready, rows } = candidates(args, specs, (spec) => spec[task].includes(args.model));
    const work = prepare(task, args.model, batchSize, folder);
    const most = work.order.length / batchSize;
    const untimedRows = [...rows];
    const stops: (() => void)[] = [];
    const participants: Participant[] = [];
    let expected: Expected | null = null;
    try {
      for (const [spec, threads] of ready) {
        const name = label({ name: spec.name, threads });
        try {
          const start = spec.name === 'PyTorch' ? startPyTorch : startNetwork;
          const network = await start(spec, threads, args, work, (stop) => stops.push(stop));
          // weft comes first, on its first number of threads: all others are compared with it
          if (expected === null) expected = await expectedOf(network, task);
          else await verify(network, expected, { ...spec, name });
          const started = await network.ready(most);
          participants.push({ ...started, count: await planBlock(started, most) });
          console.log(`${name}: ${started.version}, agrees; blocks of ${participants.at(-1)!.count} batches`);
        } catch (error) {
          if (expected === null) throw error; // there is nothing to compare with
          const row = untimed(name, error);
          untimedRows.push(row);
          console.log(`${name}: not timed, ${row.reason}`);
        }
      }
      const timed = await raceParticipants(participants, args.rounds, (round, speeds) => {
        const parts = participants.map((one, index) => `${label(one)} ${whole(speeds[index]!)}`);
        console.log(`${round + 1}/${args.rounds}  ${parts.join('   ')}`);
      });
      races.push({ subject: args.model, batchSize, unit: 'images/s', rows: [...timed, ...untimedRows] });
    } finally {
      for (const stop of stops) stop();
    }
  }
  return races;
}

/** What all contenders are given: the same weights, the same images in the same order. */
interface Work {
  readonly task: 'train' | 'infer';
  readonly model: string;
  readonly batchSize: number;
  readonly weights: ReadonlyMap<string, NamedValues>;
  readonly order: Int32Array;
  /** The same as files. */
  readonly files: { readonly weights: string; readonly order: string };
}

function prepare(task: Work['task'], model: string, batchSize: number, folder: string): Work {
  const { train, test, classNames } = fashionMnist();
  const examples = task === 'train' ? train : test;
  const weights = new Map(
    makeModel(model, examples, classNames.length).parameters.map(({ value }): [string, NamedValues] => [
      value.name,
      { shape: value.shape, values: value.values as Float32Array },
    ]),
  );
  const order = imageOrder(examples, batchSize);
  const files = { weights: join(folder, 'weights.safetensors'), order: join(folder, 'order') };
  writeFileSync(files.weights, encodeSafetensors(weights));
  writeFileSync(files.order, order);
  return { task, model, batchSize, weights, order, files };
}

/** What is to be checked, in each way in which a contender can compute it, and then to be timed. */
interface Startable {
  readonly forms: readonly CheckedNetwork[];
  /** The way that it is timed in. */
  ready(most: number): Promise<Omit<Participant, 'count'>>;
}

async function startNetwork(
  spec: ContenderSpec,
  threads: number,
  args: PeersArguments,
  { task, model, batchSize, files }: Work,
  onStart: (stop: () => void) => void,
): Promise<Startable> {
  const network = await ProcessNetwork.start(spec, args, { task, model, batchSize, ...files, threads });
  onStart(() => network.stop());
  const { name, version, differs } = network;
  const run = (count: number): Promise<Block> => network.run(count);
  const participant = { name, threads: network.threads, version, run };
  return {
    forms: [network],
    ready: () => Promise.resolve(differs === undefined ? participant : { ...participant, differs }),
  };
}

/** PyTorch has several layouts of images in memory: all are checked, the fastest is timed. */
async function startPyTorch(
  _spec: ContenderSpec,
  threads: number,
  { python }: PeersArguments,
  work: Work,
  onStart: (stop: () => void) => void,
): Promise<Startable> {
  const pytorch = await PyTorch.start({ ...work, python }, threads);
  onStart(() => pytorch.stop());
  return {
    forms: pytorch.forms.map((form) => ({
      logits: () => pytorch.logits(form),
      run: (count) => pytorch.run(form, count),
    })),
    ready: (most) => pytorch.choose(Math.min(trialBatches, most)),
  };
}

type Expected = Pick<NetworkCheck, 'logits' | 'losses'>;

async function expectedOf({ forms: [network] }: Startable, task: Work['task']): Promise<Expected> {
  const logits = await network!.logits();
  const losses: number[] = [];
  for (let step = 0; step < (task === 'train' ? lossBounds.length : 0); step++) {
    losses.push((await network!.run(1)).loss!);
  }
  return { logits, losses };
}

async function verify({ forms }: Startable, expected: Expected, contender: ContenderSpec): Promise<void> {
  const check = { ...expected, logitBound, lossBounds, seconds: checkSeconds };
  for (const network of forms) await checkNetwork(network, check, contender);
}

async function raceProducts(
  args: PeersArguments,
  specs: readonly ContenderSpec[],
  shapes: readonly ProductShape[],
  folder: string,
): Promise<PeersRace[]> {
  const { ready, rows: skipped } = candidates(args, specs, ({ product }) => product);
  const races: PeersRace[] = [];
  const peers: { spec: ContenderSpec; process: PeerProcess; started: Started }[] = [];
  const rows = [...skipped];
  try {
    for (const [spec, threads] of ready) {
      const process = startProcess(spec, args, threads);
      try {
        const started = await process.ask<Started>({ request: 'start', task: 'product', threads });
        peers.push({ spec, process, started });
      } catch (error) {
        process.stop();
        rows.push(untimed(label({ name: spec.name, threads }), error));
      }
    }
    for (const [m, k, n] of shapes) {
      const [a, b] = [randomMatrix([m, k], 'a'), randomMatrix([k, n], 'b')];
      const expected = new EagerOps().matmul(a, b).values;
      const files = Object.fromEntries(['a', 'b', 'c'].map((name) => [name, join(folder, name)]));
      writeFileSync(files['a']!, a.values);
      writeFileSync(files['b']!, b.values);
      const participants: Participant[] = [];
      const untimedRows = [...rows];
      for (const { spec, process, started } of peers) {
        const { threads, version } = started;
        const name = label({ name: spec.name, threads });
        const work = (2 * m * k * n) / 1e9;
        const run = async (repeats: number): Promise<Block> => {
          const { seconds } = await process.ask<{ seconds: number }>({ request: 'time', repeats });
          return { seconds: seconds * repeats, images: work * repeats };
        };
        try {
          await process.ask({ request: 'product', m, k, n, ...files });
          agree(readFloats(files['c']!), expected, errorBound(k), `${name}, ${m}×${k}×${n}`);
          const count = await planBlock({ run }, mostProducts, productSeconds);
          participants.push({ name: spec.name, threads, version, count, run });
        } catch (error) {
          untimedRows.push(untimed(name, error));
        }
      }
      const timed = await raceParticipants(participants, args.rounds);
      races.push({
        subject: `${m}×${k}×${n}`,
        batchSize: null,
        unit: 'GFLOP/s',
        rows: [...timed, ...untimedRows],
      });
      console.log(
        `${m}×${k}×${n}: ${timed.map((row) => `${label(row)} ${row.speed.median.toFixed(1)}`).join('   ')}`,
      );
    }
  } finally {
    for (const { process } of peers) process.stop();
  }
  return races;
}

function print({ subject, batchSize, unit, rows }: PeersRace, what: string): void {
  console.log(`\n${what}, ${subject}${batchSize === null ? '' : `, batch ${batchSize}`}`);
  const table = new Table({
    head: ['', unit, 'p10', 'p90', 'best', 'weft is … times as fast', 'version'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'left', 'left'],
    style: { head: [], border: [], compact: true },
  });
  const figure = (value: number): string => (unit === 'images/s' ? whole(value) : value.toFixed(1));
  for (const row of rows) {
    if (row.status !== 'timed') continue;
    const { median, p10, p90, best } = row.speed;
    const ratio = row.ratio
      ? `${row.ratio.ratio.toFixed(2)} (${row.ratio.range.map((value) => value.toFixed(2)).join(' to ')})`
      : '';
    table.push([label(row), figure(median), figure(p10), figure(p90), figure(best), ratio, row.version]);
  }
  console.log(table.toString());
  for (const row of rows) {
    if (row.status !== 'timed') console.log(`${row.name}: ${row.status}: ${row.reason}`);
    else if (row.differs !== undefined) console.log(`${row.name} ${row.differs}`);
  }
}
