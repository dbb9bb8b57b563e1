import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkMachine } from '../measure/machine.ts';
import { resultsFolder, writeResult } from '../measure/results.ts';
import type { RecordedSweep } from './sweep-figure.ts';

const root = join(import.meta.dirname, '../..');

/** `bench sweep`: does the sweep of the examples, and records its trials for the documents. */
export function recordSweep({ json }: { readonly json: string | undefined }): void {
  const conditions = checkMachine(false);
  const folder = mkdtempSync(join(tmpdir(), 'weft-sweep-'));
  try {
    const start = performance.now();
    const words = ['src/cli/main.ts', 'sweep', 'examples/sweep.json', '--out', join(folder, 'sweep')];
    const { status } = spawnSync(process.execPath, words, { cwd: root, stdio: 'inherit' });
    if (status !== 0) throw new Error(`the sweep has ended with status ${status}`);
    const seconds = (performance.now() - start) / 1000;
    const { metric, trials } = JSON.parse(
      readFileSync(join(folder, 'sweep/trials.json'), 'utf8'),
    ) as RecordedSweep;
    const result: RecordedSweep = { ...conditions, seconds, metric, trials };
    writeResult(json ?? join(resultsFolder, 'sweep.json'), result);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
