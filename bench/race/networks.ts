/** Networks of several libraries, with the same weights on the same images in the same order. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fashionMnist } from '../../src/data/idx/fashion-mnist.ts';
import { encodeSafetensors, type NamedValues } from '../../src/model/safetensors.ts';
import { label, rate } from '../measure/format.ts';
import { planBlock } from '../measure/turns.ts';
import { makeModel } from '../networks/forward.ts';
import { imageOrder, logitBound, lossBounds, type NetworkTask } from '../networks/runner.ts';
import type { ContenderSpec } from '../peers/contenders.ts';
import { candidates, type PeersArguments } from './candidates.ts';
import {
  type CheckedNetwork,
  checkNetwork,
  firstResults,
  type FirstResults,
  type Participant,
  type PeersRace,
  raceParticipants,
  untimed,
} from './participants.ts';
import { ProcessNetwork } from './process-network.ts';
import { PyTorch } from './pytorch.ts';

/** For the losses of the first steps of a slow contender. */
const checkSeconds = 60;

export async function raceNetworks(
  args: PeersArguments,
  specs: readonly ContenderSpec[],
  task: NetworkTask,
  folder: string,
): Promise<PeersRace[]> {
  const races: PeersRace[] = [];
  for (const batchSize of args.batchSize ?? (task === 'train' ? [64] : [256, 1])) {
    races.push(await raceBatchSize(args, specs, prepare(task, args.model, batchSize, folder)));
  }
  return races;
}

async function raceBatchSize(
  args: PeersArguments,
  specs: readonly ContenderSpec[],
  work: Work,
): Promise<PeersRace> {
  const { task, model, batchSize } = work;
  const { ready, rows: untimedRows } = candidates(args, specs, (spec) => spec[task].includes(model));
  const stops: (() => void)[] = [];
  const participants: Participant[] = [];
  let expected: FirstResults | null = null;
  try {
    for (const [spec, threads] of ready) {
      const name = label({ name: spec.name, threads });
      try {
        const start = spec.name === 'PyTorch' ? startPyTorch : startNetwork;
        const { networks, choose, stop } = await start(spec, threads, args, work);
        stops.push(stop);
        // weft comes first, on its first number of threads: all others are compared with it
        if (expected === null)
          expected = await firstResults(networks[0]!, task === 'train' ? lossBounds.length : 0);
        else {
          const check = { ...expected, logitBound, lossBounds, seconds: checkSeconds };
          for (const network of networks) await checkNetwork(network, check, { ...spec, name });
        }
        const participant = await choose();
        const count = await planBlock(participant.run);
        participants.push({ ...participant, count });
        console.log(`${name}: ${participant.version}, agrees; blocks of ${count} batches`);
      } catch (error) {
        if (expected === null) throw error; // there is nothing to compare with
        const row = untimed(name, error);
        untimedRows.push(row);
        console.log(`${name}: not timed, ${row.reason}`);
      }
    }
    const timed = await raceParticipants(participants, args.rounds, (round, speeds) => {
      const parts = participants.map((one, index) => `${label(one)} ${rate(speeds[index]!)}`);
      console.log(`${round + 1}/${args.rounds}  ${parts.join('   ')}`);
    });
    return { subject: model, batchSize, unit: 'images/s', rows: [...timed, ...untimedRows] };
  } finally {
    for (const stop of stops) stop();
  }
}

/** What all contenders are given. */
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

/** A contender that runs. */
interface StartedContender {
  /** One for each way in which it can compute the network: all are to be checked. */
  readonly networks: readonly CheckedNetwork[];
  /** The way that is to be timed. */
  readonly choose: () => Promise<Omit<Participant, 'count'>>;
  readonly stop: () => void;
}

async function startNetwork(
  spec: ContenderSpec,
  threads: number,
  args: PeersArguments,
  { task, model, batchSize, files }: Work,
): Promise<StartedContender> {
  const network = await ProcessNetwork.start(spec, args, { task, model, batchSize, ...files, threads });
  const { name, version, differs, runBlock: run } = network;
  const participant = { name, threads: network.threads, version, run };
  return {
    networks: [network],
    choose: () => Promise.resolve(differs === undefined ? participant : { ...participant, differs }),
    stop: () => network.stop(),
  };
}

/** PyTorch has several layouts of images in memory: all are checked, the fastest is timed. */
async function startPyTorch(
  _spec: ContenderSpec,
  threads: number,
  { python }: PeersArguments,
  work: Work,
): Promise<StartedContender> {
  const pytorch = await PyTorch.start({ ...work, python }, threads);
  return {
    networks: pytorch.networks,
    choose: () => pytorch.choose(),
    stop: () => pytorch.stop(),
  };
}
