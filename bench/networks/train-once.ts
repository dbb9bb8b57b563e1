import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flagWords } from '../../src/cli/options/preset.ts';
import type { RunMetrics } from '../../src/run/metrics.ts';

const main = join(import.meta.dirname, '../../src/cli/main.ts');

/** What a run has left. */
export interface TrainedOnce {
  readonly metrics: RunMetrics;
  /** Seconds of the whole process: start, reading the data, training, evaluation. */
  readonly seconds: number;
  /** What it printed, to stdout and stderr. */
  readonly output: string;
}

/** `npm run train` with these words, in a fresh process and a folder of its own. @throws Error with its output if it fails */
export function trainOnce(words: readonly string[]): TrainedOnce {
  const folder = mkdtempSync(join(tmpdir(), 'weft-train-'));
  try {
    const log = openSync(join(folder, 'log'), 'w+');
    const start = performance.now();
    const { status } = spawnSync(process.execPath, [main, 'train', ...words], {
      cwd: folder,
      stdio: ['ignore', log, log],
    });
    const seconds = (performance.now() - start) / 1000;
    const output = readFileSync(join(folder, 'log'), 'utf8');
    if (status !== 0) throw new Error(output.trim());
    const [run] = globSync('runs/*', { cwd: folder });
    const metrics = JSON.parse(readFileSync(join(folder, run!, 'metrics.json'), 'utf8')) as RunMetrics;
    return { metrics, seconds, output };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Command-line words `--name value` for each option that is given: `--name` or `--no-name` for yes or no. */
export function flags(options: object): string[] {
  return flagWords(Object.entries(options).filter(([, value]) => value !== undefined));
}
