import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { TrainSteps, TrainStepsResult } from '../fixtures/train-steps.ts';

export const trainStepsScript: string = join(import.meta.dirname, '../fixtures/train-steps.ts');

/** Trains in a process of its own; see the fixture. It has to be silent on stderr. */
export function trainSteps(options: TrainSteps, node: string = process.execPath): TrainStepsResult {
  // Node 22 warns that it runs TypeScript
  const args = ['--disable-warning=ExperimentalWarning', trainStepsScript, JSON.stringify(options)];
  const { status, stdout, stderr } = spawnSync(node, args, { encoding: 'utf8' });
  assert.is(status, 0, stderr);
  assert.is(stderr, '');
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as TrainStepsResult;
}
