/** The race of networks: several libraries, from the same weights, on the same images in the same order. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fashionMnist } from '../../src/data/idx/fashion-mnist.ts';
import { encodeSafetensors, type NamedValues } from '../../src/model/safetensors.ts';
import { label, rate } from '../measure/format.ts';
import { planBlock } from '../measure/turns.ts';
import { makeModel } from '../networks/forward.ts';
import { imageOrder, logitBound, lossBounds, type NetworkTask } from '../networks/measured-network.ts';
import type { Library } from '../libraries/libraries.ts';
import { chooseLibraries, type RaceArguments } from './choose-libraries.ts';
import {
  type CheckedNetwork,
  checkNetwork,
  firstResults,
  type FirstResults,
  type Contender,
  type Race,
  raceContenders,
  untimed,
} from './contenders.ts';
import { ProcessNetwork } from './process-network.ts';
import { PyTorch } from './pytorch.ts';

/** Most seconds that the check of a slow contender takes. */
const checkSeconds = 10;

export async function raceNetworks(
  args: RaceArguments,
  libraries: readonly Library[],
  task: NetworkTask,
  folder: string,
): Promise<Race[]> {
  const races: Race[] = [];
  for (const batchSize of args.batchSize ?? (task === 'train' ? [64] : [256, 1])) {
    races.push(await raceBatchSize(args, libraries, prepare(task, args.model, batchSize, folder)));
  }
  return races;
}

async function raceBatchSize(args: RaceArguments, libraries: readonly Library[], work: Work): Promise<Race> {
  const { task, model, batchSize } = work;
  const { ready, rows: untimedRows } = chooseLibraries(args, libraries, (library) =>
    library[task].includes(model),
  );
  const stops: (() => void)[] = [];
  const contenders: Contender[] = [];
  let expected: FirstResults | null = null;
  try {
    for (const [library, threads] of ready) {
      const name = label({ name: library.name, threads });
      try {
        const start = library.name === 'PyTorch' ? startPyTorch : startNetwork;
        const { networks, choose, stop } = await start(library, threads, args, work);
        stops.push(stop);
        // weft is first: all others are compared with its results
        if (expected === null)
          expected = await firstResults(networks[0]!, task === 'train' ? lossBounds.length : 0);
        else {
          const check = { ...expected, logitBound, lossBounds, seconds: checkSeconds };
          for (const network of networks) await checkNetwork(network, check, { ...library, name });
        }
        const contender = await choose();
        const count = await planBlock(contender.run);
        contenders.push({ ...contender, count });
        console.log(`${label(contender)}: ${contender.version}, agrees; blocks of ${count} batches`);
      } catch (error) {
        if (expected === null) throw error; // without the results of weft there is nothing to compare with
        const row = untimed(name, error);
        untimedRows.push(row);
        console.log(`${name}: not timed, ${row.reason}`);
      }
    }
    const timed = await raceContenders(contenders, args.rounds, (round, speeds) => {
      const parts = contenders.map((one, index) => `${label(one)} ${rate(speeds[index]!)}`);
      console.log(`${round + 1}/${args.rounds}  ${parts.join('   ')}`);
    });
    return { subject: model, batchSize, unit: 'images/s', rows: [...timed, ...untimedRows] };
  } finally {
    for (const stop of stops) stop();
  }
}

/** The task that all contenders get. */
interface Work {
  readonly task: NetworkTask;
  readonly model: string;
  readonly batchSize: number;
  readonly files: { readonly weights: string; readonly order: string };
}

function prepare(task: NetworkTask, model: string, batchSize: number, folder: string): Work {
  const { train, test, classNames } = fashionMnist();
  const examples = task === 'train' ? train : test;
  const weights = makeModel(model, examples, classNames.length).parameters.map(
    ({ value }): [string, NamedValues] => [
      value.name,
      { shape: value.shape, values: value.values as Float32Array },
    ],
  );
  const order = imageOrder(examples, batchSize);
  const files = { weights: join(folder, 'weights.safetensors'), order: join(folder, 'order') };
  writeFileSync(files.weights, encodeSafetensors(new Map(weights)));
  writeFileSync(files.order, order);
  return { task, model, batchSize, files };
}

/** A library that has started. */
interface StartedContender {
  /** A network for each form of the library; all are checked. */
  readonly networks: readonly CheckedNetwork[];
  /** Chooses the form that is timed. */
  readonly choose: () => Promise<Omit<Contender, 'count'>>;
  readonly stop: () => void;
}

async function startNetwork(
  library: Library,
  threads: number,
  args: RaceArguments,
  { task, model, batchSize, files }: Work,
): Promise<StartedContender> {
  const network = await ProcessNetwork.start(library, args, { task, model, batchSize, ...files, threads });
  const { name, version, differs, runBlock: run } = network;
  const contender = { name, threads: network.threads, version, run };
  return {
    networks: [network],
    choose: () => Promise.resolve(differs === undefined ? contender : { ...contender, differs }),
    stop: () => network.stop(),
  };
}

/** PyTorch can lay images out in memory in several ways: all are checked, the fastest is timed. */
async function startPyTorch(
  _spec: Library,
  threads: number,
  { python }: RaceArguments,
  work: Work,
): Promise<StartedContender> {
  const pytorch = await PyTorch.start({ ...work, python }, threads);
  return {
    networks: pytorch.networks,
    choose: () => pytorch.choose(),
    stop: () => pytorch.stop(),
  };
}
