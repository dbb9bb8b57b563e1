import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { TrainSteps, TrainStepsResult } from '../fixtures/train-steps.ts';

export const trainStepsScript: string = join(import.meta.dirname, '../fixtures/train-steps.ts');

/** Trains in a process of its own; see the fixture. */
export function trainSteps(options: TrainSteps): TrainStepsResult {
  const args = [trainStepsScript, JSON.stringify(options)];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.is(status, 0, stderr);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as TrainStepsResult;
}
