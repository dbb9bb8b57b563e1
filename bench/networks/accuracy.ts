import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { mean } from 'd3-array';
import { UsageError } from '../../src/cli/framework/usage-error.ts';
import { describeMachine, type Machine } from '../measure/machine.ts';
import { resultsFolder, writeResult } from '../measure/results.ts';
import { libraryNamed, missing } from '../libraries/libraries.ts';
import { runPython } from '../race/python.ts';
import { pytorchScript } from '../race/pytorch.ts';

/** The networks that bench/libraries/pytorch.py has. */
const pytorchNetworks = ['mlp', 'cnn', 'cnn-dropout'];

const main = join(import.meta.dirname, '../../src/cli/main.ts');

export interface AccuracyArguments {
  /** A preset: a network with its recipe. */
  readonly model: string;
  readonly engine: string;
  readonly seeds: readonly number[];
  readonly pytorch: boolean;
  readonly pytorchSeeds: readonly number[];
  /** Epochs of each run; left out: as in the recipe. */
  readonly epochs: number | undefined;
  /** Use only the first training images, this many; left out: all. */
  readonly limit: number | undefined;
  readonly json: string | undefined;
  readonly python: string;
}

interface SeedResult {
  readonly seed: number;
  readonly accuracy: number;
  /** Seconds of the whole process: start, reading the data, training, evaluation. */
  readonly seconds: number;
}

export interface AccuracyResult {
  readonly machine: Machine;
  readonly model: string;
  readonly engine: string;
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
  const runs = args.seeds.map((seed) => {
    const run = trainOnce(args, seed);
    console.log(`seed ${seed}: test accuracy ${run.accuracy}, ${run.seconds.toFixed(1)} s`);
    return run;
  });
  console.log(`mean ${mean(runs, ({ accuracy }) => accuracy)!.toFixed(4)}`);
  const result: AccuracyResult = {
    machine: describeMachine(),
    model: args.model,
    engine: args.engine,
    seeds: runs.map(({ seed, accuracy, seconds }) => ({ seed, accuracy, seconds })),
    output: runs[0]!.output,
    pytorch: args.pytorch ? pytorchAccuracy(args) : null,
  };
  writeResult(args.json ?? join(resultsFolder, `accuracy-${args.model}.json`), result);
}

/** One run in a fresh process and a folder of its own. `output` is what it prints to stdout and stderr. */
function trainOnce(
  { model, engine, epochs, limit }: AccuracyArguments,
  seed: number,
): SeedResult & { output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'weft-accuracy-'));
  try {
    const log = openSync(join(folder, 'log'), 'w+');
    const words = flags({ preset: model, engine, seed, epochs, limit });
    const start = performance.now();
    const { status } = spawnSync(process.execPath, [main, 'train', ...words], {
      cwd: folder,
      stdio: ['ignore', log, log],
    });
    const seconds = (performance.now() - start) / 1000;
    const output = readFileSync(join(folder, 'log'), 'utf8');
    if (status !== 0) throw new Error(output.trim());
    const [run] = globSync('runs/*', { cwd: folder });
    const metrics = JSON.parse(readFileSync(join(folder, run!, 'metrics.json'), 'utf8')) as {
      test: { accuracy: number };
    };
    return { seed, accuracy: metrics.test.accuracy, seconds, output };
  } finally {
    rmSync(folder, { recursive: true });
  }
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

/** Command-line words `--name value` for each option that is given. */
function flags(options: Readonly<Record<string, string | number | undefined>>): string[] {
  return Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, `${value}`],
  );
}
