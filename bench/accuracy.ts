import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeMachine } from './machine.ts';
import { hasModule, runPython } from './python.ts';
import { mean, resultsFolder, writeResult } from './results.ts';

const main = join(import.meta.dirname, '../src/cli/main.ts');
const pytorch = join(import.meta.dirname, 'peers/pytorch_mlp.py');

export interface AccuracyResult {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly model: string;
  readonly engine: string;
  readonly seeds: readonly { readonly seed: number; readonly accuracy: number; readonly seconds: number }[];
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
  const seeds = args.seeds.map((seed) => {
    const run = trainOnce(args.model, args.engine, seed);
    console.log(`seed ${seed}: test accuracy ${run.accuracy}, ${run.seconds.toFixed(1)} s`);
    return run;
  });
  console.log(`mean ${mean(seeds.map(({ accuracy }) => accuracy)).toFixed(4)}`);
  const pytorchResult = args.model === 'mlp' ? peerAccuracy(args.python) : null;
  const result: AccuracyResult = {
    machine: describeMachine(),
    model: args.model,
    engine: args.engine,
    seeds,
    pytorch: pytorchResult,
  };
  const path = join(resultsFolder, `accuracy-${args.model}.json`);
  writeResult(path, result);
  console.log(`written to ${path}`);
}

function trainOnce(model: string, engine: string, seed: number): AccuracyResult['seeds'][number] {
  const folder = mkdtempSync(join(tmpdir(), 'weft-accuracy-'));
  try {
    const options = { model, engine, seed: `${seed}`, out: folder };
    const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    const start = performance.now();
    const { status, stderr } = spawnSync(process.execPath, [main, 'train', ...flags, '--quiet'], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr.trim());
    const metrics = JSON.parse(readFileSync(join(folder, 'metrics.json'), 'utf8')) as {
      test: { accuracy: number };
    };
    return { seed, accuracy: metrics.test.accuracy, seconds: (performance.now() - start) / 1000 };
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
