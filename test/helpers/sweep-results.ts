/** What a sweep left in its folder, as far as it does not depend on the clock and on the machine. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { decodeSafetensors } from '../../src/model/safetensors.ts';

/** @param sweep its folder */
export function resultsOf(sweep: string): Record<string, unknown>[] {
  const file = join(sweep, 'results.jsonl');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The results in the order of their jobs. */
export function essence(sweep: string): string[] {
  return resultsOf(sweep)
    .map(({ trial, seed, rung, epochs, score }) => JSON.stringify({ trial, seed, rung, epochs, score }))
    .toSorted();
}

/** The weights of a run, without what the file says about its origin: a model file has another place on a worker. */
function weightsOf(sweep: string, run: string): [string, unknown][] {
  const bytes = readFileSync(join(sweep, 'runs', run, 'model.safetensors'));
  return [...decodeSafetensors(bytes, run)];
}

/** Two sweeps have the same results. The first has `keep` runs, with the bits of the second's. */
export function assertSame(sweep: string, expected: string, keep: number): void {
  assert.equal(essence(sweep), essence(expected));
  const runs = readdirSync(join(sweep, 'runs'));
  assert.is(runs.length, keep);
  for (const run of runs) assert.equal(weightsOf(sweep, run), weightsOf(expected, run), run);
}
