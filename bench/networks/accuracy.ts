import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { mean } from 'd3-array';
import { UsageError } from '../../src/cli/framework/usage-error.ts';
import { describeMachine, type Machine } from '../measure/machine.ts';
import { resultsFolder, resultToAddTo, writeResult } from '../measure/results.ts';
import { libraryNamed, missing } from '../libraries/libraries.ts';
import { runPython } from '../race/python.ts';
import { pytorchScript } from '../race/pytorch.ts';
import type { FullEvaluation } from '../../src/train/full-evaluation.ts';
import { flags, trainOnce } from './train-once.ts';

/** The networks that bench/libraries/pytorch.py has. */
const pytorchNetworks = ['mlp', 'cnn', 'cnn-dropout'];

export interface AccuracyArguments {
  /** A preset: a network with its recipe. */
  readonly model: string;
  readonly engine: string;
  /** A folder with other data, and what to call it; Fashion-MNIST if left out. */
  readonly data: string | undefined;
  readonly name: string | undefined;
  readonly seeds: readonly number[];
  readonly pytorch: boolean;
  readonly pytorchSeeds: readonly number[];
  /** Epochs of each run; left out: as in the recipe. */
  readonly epochs: number | undefined;
  /** Use only the first training images, this many; left out: all. */
  readonly limit: number | undefined;
  readonly json: string | undefined;
  /** Keep the seeds that the file holds. */
  readonly add: boolean;
  readonly python: string;
}

interface SeedResult {
  readonly seed: number;
  readonly accuracy: number;
  /** On the images alone, where `accuracy` is with their mirror images. */
  readonly withoutTta?: number;
  /** Seconds of the whole process: start, reading the data, training, evaluation. */
  readonly seconds: number;
  /** The processor, if it is not that of the first seed. */
  readonly cpu?: Machine['cpu'];
}

export interface AccuracyResult {
  readonly machine: Machine;
  readonly model: string;
  readonly engine: string;
  /** The data, if it is not Fashion-MNIST. */
  readonly data?: string;
  readonly seeds: readonly SeedResult[];
  /** The output of the first run. */
  readonly output: string;
  readonly pytorch: {
    readonly version: string;
    readonly results: readonly { readonly seed: number; readonly accuracy: number }[];
  } | null;
}

/** Trains once for each seed, each in a fresh process, and records the test accuracy. */
export function benchAccuracy(args: AccuracyArguments): void {
  const isWhole = args.epochs === undefined && args.limit === undefined;
  if (!isWhole && args.json === undefined) {
    throw new UsageError('--epochs and --limit go with --json: bench/results/ is for whole runs');
  }
  if (args.data !== undefined && args.name === undefined) {
    throw new UsageError('--data goes with --name, what the data is called in the result: mnist, say');
  }
  const file = ['accuracy', args.model, ...(args.name === undefined ? [] : ['on', args.name])].join('-');
  const path = args.json ?? join(resultsFolder, `${file}.json`);
  const before = args.add ? recordedSeeds(path, args) : null;
  const here = describeMachine();
  const machine = before?.machine ?? here;
  const seeds: SeedResult[] = [...(before?.seeds ?? [])];
  let first = before?.output;
  const write = (pytorch: AccuracyResult['pytorch']): void => {
    const { model, engine, name } = args;
    const data = name === undefined ? {} : { data: name };
    writeResult(path, { machine, model, engine, ...data, seeds, output: first!, pytorch });
  };
  for (const seed of args.seeds) {
    const { model: preset, engine, epochs, limit } = args;
    const data = args.data && resolve(args.data);
    const { metrics, seconds, output } = trainOnce(flags({ preset, engine, seed, epochs, limit, data }));
    const { accuracy } = metrics.test as FullEvaluation;
    const withoutTta = metrics.testWithoutTta?.accuracy;
    console.log(`seed ${seed}: test accuracy ${accuracy}, ${seconds.toFixed(1)} s`);
    seeds.push({
      seed,
      accuracy,
      ...(withoutTta && { withoutTta }),
      seconds,
      ...(here.cpu !== machine.cpu && { cpu: here.cpu }),
    });
    first ??= output;
    // who ends it keeps the seeds that are done
    write(before?.pytorch ?? null);
  }
  console.log(`mean ${mean(seeds, ({ accuracy }) => accuracy)!.toFixed(4)}`);
  // seeds that are added change nothing for PyTorch
  if (args.pytorch && args.data === undefined && before === null) write(pytorchAccuracy(args));
}

/** What the file holds, to which seeds are added. @throws UsageError if there is no file, or it has one of the seeds */
function recordedSeeds(path: string, { seeds }: AccuracyArguments): AccuracyResult {
  const before = resultToAddTo<AccuracyResult>(path);
  const known = before.seeds.find(({ seed }) => seeds.includes(seed));
  if (known !== undefined) throw new UsageError(`--add: ${path} has seed ${known.seed} already`);
  return before;
}

function pytorchAccuracy(args: AccuracyArguments): AccuracyResult['pytorch'] {
  const { python, model, pytorchSeeds, epochs, limit } = args;
  const reason = pytorchNetworks.includes(model)
    ? missing(libraryNamed('PyTorch'), { python })
    : `bench/libraries has no ${model}`;
  if (reason !== null) {
    console.log(`PyTorch: skipped, ${reason}`);
    return null;
  }
  // the products of the MLP are too small to divide between threads
  const threads = model === 'mlp' ? 1 : availableParallelism();
  const words = flags({ model, threads, epochs, limit });
  const seeds = pytorchSeeds.map(String);
  const { version, results } = runPython<NonNullable<AccuracyResult['pytorch']>>(
    python,
    [pytorchScript, 'accuracy', ...words, '--seeds', ...seeds],
    threads,
  );
  const accuracies = results.map(({ accuracy }) => accuracy);
  console.log(`PyTorch ${version}: ${accuracies.join(', ')}, mean ${mean(accuracies)!.toFixed(4)}`);
  return { version, results };
}
