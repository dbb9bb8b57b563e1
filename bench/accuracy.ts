import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeMachine } from './machine.ts';
import { hasModule, runPython } from './python.ts';
import { mean, resultsFolder, writeResult } from './results.ts';

const main = join(import.meta.dirname, '../src/cli/main.ts');
const pytorch = join(import.meta.dirname, 'peers/pytorch_mlp.py');

interface SeedResult {
  readonly seed: number;
  readonly accuracy: number;
  /** The whole process: start, reading the data, training, evaluation. */
  readonly seconds: number;
}

export interface AccuracyResult {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly model: string;
  readonly engine: string;
  readonly seeds: readonly SeedResult[];
  /** What the first run printed. */
  readonly output: string;
  readonly pytorch: {
    readonly version: string;
    readonly results: readonly { readonly seed: number; readonly accuracy: number }[];
  } | null;
}

/** Trains the default run once for each seed, in fresh processes, and notes the test accuracy. */
export function benchAccuracy(args: {
  readonly model: string;
  readonly engine: string;
  readonly seeds: readonly number[];
  readonly python: string;
}): void {
  const runs = args.seeds.map((seed) => {
    const run = trainOnce(args.model, args.engine, seed);
    console.log(`seed ${seed}: test accuracy ${run.accuracy}, ${run.seconds.toFixed(1)} s`);
    return run;
  });
  console.log(`mean ${mean(runs.map(({ accuracy }) => accuracy)).toFixed(4)}`);
  const pytorchResult = args.model === 'mlp' ? peerAccuracy(args.python) : null;
  const result: AccuracyResult = {
    machine: describeMachine(),
    model: args.model,
    engine: args.engine,
    seeds: runs.map(({ seed, accuracy, seconds }) => ({ seed, accuracy, seconds })),
    output: runs[0]!.output,
    pytorch: pytorchResult,
  };
  const path = join(resultsFolder, `accuracy-${args.model}.json`);
  writeResult(path, result);
  console.log(`written to ${path}`);
}

/** A run in a folder of its own, in a fresh process, with what it prints on both streams, in order. */
function trainOnce(model: string, engine: string, seed: number): SeedResult & { output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'weft-accuracy-'));
  try {
    const log = openSync(join(folder, 'log'), 'w+');
    const flags = Object.entries({ model, engine, seed: `${seed}` }).flatMap(([name, value]) => [
      `--${name}`,
      value,
    ]);
    const start = performance.now();
    const { status } = spawnSync(process.execPath, [main, 'train', ...flags], {
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

function peerAccuracy(python: string): AccuracyResult['pytorch'] {
  if (!hasModule(python, 'torch')) {
    console.log(`PyTorch: skipped, ${python} has no torch (Debian: apt install python3-torch; see --python)`);
    return null;
  }
  const peer = runPython<NonNullable<AccuracyResult['pytorch']>>(
    python,
    [pytorch, 'accuracy', '--seeds', '1', '2', '3', '4', '5'],
    1,
  );
  const accuracies = peer.results.map(({ accuracy }) => accuracy);
  console.log(`PyTorch ${peer.version}: ${accuracies.join(', ')}, mean ${mean(accuracies).toFixed(4)}`);
  return { version: peer.version, results: peer.results };
}
