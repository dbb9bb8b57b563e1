import { join } from 'node:path';
import { shuffled, batches } from '../src/data/batches.ts';
import { exampleShape } from '../src/data/dataset.ts';
import { fashionMnist } from '../src/data/fashion-mnist.ts';
import { sequential } from '../src/layers/sequential.ts';
import { presets } from '../src/model/presets.ts';
import { adam } from '../src/optim/adam.ts';
import type { Engine } from '../src/tensor/engine.ts';
import { createEngine, type EngineName } from '../src/tensor/engines.ts';
import { Tensor } from '../src/tensor/tensor.ts';
import { TrainingSteps } from '../src/train/training-step.ts';
import { describeMachine, loadWarning } from './machine.ts';
import { hasModule, PythonPeer } from './python.ts';
import { median, writeResult } from './results.ts';

export interface StepArguments {
  readonly model: string;
  readonly engine: EngineName;
  readonly batchSize: number;
  readonly threads: number | undefined;
  readonly revectorize: boolean;
  readonly epochs: number;
  readonly json: string | undefined;
  readonly pytorch: boolean;
  readonly python: string;
}

interface Race {
  readonly version: string;
  readonly threads: number;
  readonly secondsPerEpoch: number;
  /** How many times faster weft is: the median of the ratios of neighbouring epochs, and their range. */
  readonly ratio: number;
  readonly range: readonly [number, number];
}

/**
 * Times epochs of 60,000 real images: shuffle, gather, forward, backward and Adam, without evaluation. With
 * `pytorch`, PyTorch trains the same network in turn, an epoch each, on one thread and on two.
 */
export async function benchStep(args: StepArguments): Promise<void> {
  const { engine, reason } = await createEngine(args.engine, {
    ...(args.threads === undefined ? {} : { threads: args.threads }),
    revectorize: args.revectorize,
  });
  const busy = loadWarning();
  if (busy) console.log(`warning: ${busy}`);
  console.log(`${args.model}, batch ${args.batchSize}, ${engine.name}: ${engine.description} (${reason})`);
  const trainEpoch = makeEpoch(args, engine);
  await trainEpoch(); // compiles, checks, warms up
  const peers =
    args.pytorch && args.model === 'mlp' && args.batchSize === 64 ? await startPytorch(args.python) : [];
  for (const peer of peers) await peer.ask('warm up');

  const seconds: number[] = [];
  const peerSeconds = peers.map(() => [] as number[]);
  for (let epoch = 0; epoch < args.epochs; epoch++) {
    seconds.push((await trainEpoch()).seconds);
    for (const [index, peer] of peers.entries()) peerSeconds[index]!.push((await peer.ask('epoch'))[0]!);
  }
  for (const peer of peers) peer.stop();
  await engine.close();

  const races = peers.map((peer, index) => race(peer, seconds, peerSeconds[index]!));
  const result = {
    machine: describeMachine(),
    model: args.model,
    engine: engine.name,
    description: engine.description,
    threads: engine.threads,
    batchSize: args.batchSize,
    secondsPerEpoch: { median: median(seconds), best: Math.min(...seconds) },
    imagesPerSecond: Math.round(60_000 / median(seconds)),
    pytorch: races,
  };
  const { median: middle, best } = result.secondsPerEpoch;
  console.log(
    `${middle.toFixed(3)} s for an epoch of 60,000 images (median of ${args.epochs}, best ${best.toFixed(3)}), ` +
      `${result.imagesPerSecond.toLocaleString('en-US')} images/s`,
  );
  for (const { version, threads, secondsPerEpoch, ratio, range } of races) {
    console.log(
      `${version}, ${threads} thread${threads === 1 ? '' : 's'}: ${secondsPerEpoch.toFixed(3)} s; ` +
        `weft is ${ratio.toFixed(2)} times as fast (${range[0].toFixed(2)} to ${range[1].toFixed(2)})`,
    );
  }
  if (args.json) {
    writeResult(args.json, result);
    console.log(`written to ${args.json}`);
  }
}

function race(peer: PythonPeer, seconds: readonly number[], peerSeconds: readonly number[]): Race {
  const ratios = peerSeconds.map((value, index) => value / seconds[index]!).toSorted((a, b) => a - b);
  return {
    version: peer.version,
    threads: peer.threads,
    secondsPerEpoch: median(peerSeconds),
    ratio: median(ratios),
    range: [ratios[0]!, ratios.at(-1)!],
  };
}

function makeEpoch(args: StepArguments, engine: Engine): () => Promise<{ seconds: number; loss: number }> {
  const { train, classNames } = fashionMnist();
  const specs = presets[args.model]!({ classes: classNames.length, dropout: 0 });
  const optimizer = adam();
  const inputs = {
    model: sequential(specs, { inputShape: exampleShape(train), seed: 1 }),
    examples: train,
    optimizer,
    l2: 0,
    step: Tensor.zeros('int32', [1], 'step'),
    lossTotal: Tensor.zeros('float32', [1], 'loss total'),
    correctTotal: Tensor.zeros('float32', [1], 'correct total'),
  };
  const steps = new TrainingSteps(inputs, engine);
  const positions = Int32Array.from(train.labels.values, (_, i) => i);
  let [epoch, step] = [0, 0];
  return async () => {
    const start = performance.now();
    epoch += 1;
    engine.write(inputs.lossTotal, [0]);
    for (const batch of batches(shuffled(positions, 1, epoch), args.batchSize)) {
      step += 1;
      await steps.run(batch, step, optimizer.defaultLearningRate);
    }
    const [total] = await engine.read(inputs.lossTotal);
    return { seconds: (performance.now() - start) / 1000, loss: total! / positions.length };
  };
}

async function startPytorch(python: string): Promise<PythonPeer[]> {
  if (!hasModule(python, 'torch')) {
    console.log(`PyTorch: skipped, ${python} has no torch (Debian: apt install python3-torch; see --python)`);
    return [];
  }
  const script = join(import.meta.dirname, 'peers/pytorch_mlp.py');
  return Promise.all(
    [1, 2].map((threads) => PythonPeer.start(python, [script, 'speed', '--threads', `${threads}`], threads)),
  );
}
