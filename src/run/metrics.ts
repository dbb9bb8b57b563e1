/** `metrics.json`: the result of a finished run, with the weights that it kept. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EpochResult } from '../train/history.ts';
import type { FullEvaluation } from '../train/full-evaluation.ts';
import type { EngineFacts } from './engine-facts.ts';
import { RunError } from './errors.ts';
import type { RunFolder } from './folder.ts';
import type { KeptWeights } from './weights.ts';

export const metricsFile = 'metrics.json';

export interface RunMetrics {
  /** The preset or file that the network came from. */
  readonly model: string;
  /** Number of trained parameters. */
  readonly parameters: number;
  readonly engine: EngineFacts;
  readonly seed: number;
  /** Number of finished epochs. */
  readonly epochs: number;
  readonly batchSize: number;
  readonly weights: Pick<KeptWeights, 'epoch' | 'kept'>;
  /** Results of the epoch whose weights were kept. */
  readonly train: { readonly loss: number; readonly accuracy: number } | null;
  readonly validation: EpochResult['validation'];
  readonly test: Omit<FullEvaluation, 'confusion'>;
  /** That of the test images. */
  readonly confusion: FullEvaluation['confusion'];
  /** Seconds of training in each epoch, without validation. */
  readonly epochSeconds: readonly number[];
}

export async function writeMetrics(folder: RunFolder, metrics: RunMetrics): Promise<void> {
  await folder.writeJson(metricsFile, metrics);
}

/** Values that may be NaN. JSON has no NaN and holds null instead. */
const mayBeNaN: readonly string[] = ['precision', 'recall', 'f1', 'confidence', 'accuracy'];

/**
 * Reads the evaluation on the test images from `metrics.json` in the folder of a run.
 *
 * @returns null if there is no such file, because the run has not finished, or if an earlier version wrote less
 * @throws RunError if the file is damaged
 */
export function readTestEvaluation(path: string): FullEvaluation | null {
  const file = join(path, metricsFile);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const { test, confusion } = JSON.parse(text, (key, value: unknown) =>
      value === null && mayBeNaN.includes(key) ? NaN : value,
    ) as Pick<RunMetrics, 'test' | 'confusion'>;
    return 'calibration' in test ? { ...test, confusion } : null;
  } catch (error) {
    throw new RunError(`${file}: cannot be read: ${(error as Error).message.replaceAll(/\s+/g, ' ')}`, {
      cause: error,
    });
  }
}
