import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { shuffled, batches } from '../src/data/batches.ts';
import { exampleShape } from '../src/data/dataset.ts';
import { fashionMnist } from '../src/data/fashion-mnist.ts';
import { buildModel } from '../src/model/build-model.ts';
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

const pauseMilliseconds = 100;

interface Race {
  readonly version: string;
  readonly threads: number;
  readonly secondsPerEpoch: number;
  /** How many times faster weft is: the median of the ratios of neighbouring epochs, and their range. */
  readonly ratio: number;
  readonly range: readonly [number, number];
}

export interface StepResult {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly model: string;
  readonly engine: string;
  readonly description: string;
  readonly threads: number;
  readonly batchSize: number;
  readonly secondsPerEpoch: { readonly median: number; readonly best: number };
  readonly imagesPerSecond: number;
  readonly pytorch: readonly Race[];
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
  const seconds: number[] = [];
  for (let epoch = 0; epoch < args.epochs; epoch++) seconds.push((await trainEpoch()).seconds);
  const races: Race[] = [];
  if (args.pytorch && args.model === 'mlp' && args.batchSize === 64 && hasTorch(args.python)) {
    for (const threads of [1, 2]) races.push(await race(args, threads, trainEpoch));
  }
  await engine.close();

  const result: StepResult = {
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

/** Epochs of weft and of PyTorch in turn. A pause lets the threads of one go to sleep before the other starts. */
async function race(
  { python, epochs }: StepArguments,
  threads: number,
  trainEpoch: () => Promise<{ seconds: number }>,
): Promise<Race> {
  const script = join(import.meta.dirname, 'peers/pytorch_mlp.py');
  const peer = await PythonPeer.start(python, [script, 'speed', '--threads', `${threads}`], threads);
  await peer.ask('warm up');
  const ratios: number[] = [];
  const peerSeconds: number[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    await setTimeout(pauseMilliseconds);
    const { seconds } = await trainEpoch();
    await setTimeout(pauseMilliseconds);
    const [theirs] = await peer.ask('epoch');
    peerSeconds.push(theirs!);
    ratios.push(theirs! / seconds);
  }
  peer.stop();
  const sorted = ratios.toSorted((a, b) => a - b);
  return {
    version: peer.version,
    threads,
    secondsPerEpoch: median(peerSeconds),
    ratio: median(ratios),
    range: [sorted[0]!, sorted.at(-1)!],
  };
}

function makeEpoch(args: StepArguments, engine: Engine): () => Promise<{ seconds: number; loss: number }> {
  const { train, classNames } = fashionMnist();
  const classes = classNames.length;
  const layers = presets[args.model]!({ classes, dropout: 0 });
  const optimizer = adam();
  const inputs = {
    model: buildModel(layers, { source: args.model, inputShape: exampleShape(train), classes, seed: 1 }),
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

function hasTorch(python: string): boolean {
  const found = hasModule(python, 'torch');
  if (!found)
    console.log(`PyTorch: skipped, ${python} has no torch (Debian: apt install python3-torch; see --python)`);
  return found;
}
