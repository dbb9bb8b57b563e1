/** `metrics.json`: the result of a finished run, with the weights that it kept. */
import { join } from 'node:path';
import { readTextFile } from '../read-file.ts';
import type { EpochResult } from '../train/history.ts';
import type { FullEvaluation } from '../train/full-evaluation.ts';
import { areOfNumbers, type Measures } from '../train/measures.ts';
import type { NumberEvaluation } from '../train/number-evaluation.ts';
import { maxJsonBytes } from './config.ts';
import type { EngineFacts } from './engine-facts.ts';
import { RunError } from './errors.ts';
import {
  type Expected,
  firstMismatch,
  isAtLeast0,
  isCount,
  isNumber,
  isNumberOrNaN,
  isObject,
  isText,
  nullAsNaN,
} from './expected.ts';
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
  readonly train:
    | { readonly loss: number; readonly accuracy: number }
    | { readonly loss: number; readonly meanAbsoluteError: number }
    | null;
  readonly validation: EpochResult['validation'];
  readonly test: Omit<FullEvaluation, 'confusion'> | NumberEvaluation;
  /** With `--tta`, whose mirror images `test` has: the result on the images alone. */
  readonly testWithoutTta?: { readonly loss: number; readonly accuracy: number };
  /** That of the test examples; missing for a network that predicts numbers. */
  readonly confusion?: FullEvaluation['confusion'];
  /** Seconds of training in each epoch, without validation. */
  readonly epochSeconds: readonly number[];
}

export async function writeMetrics(folder: RunFolder, metrics: RunMetrics): Promise<void> {
  await folder.writeJson(metricsFile, metrics);
}

/** Values that may be NaN. */
const mayBeNaN: readonly string[] = ['precision', 'recall', 'f1', 'confidence', 'accuracy', 'r2'];

/**
 * Reads the evaluation on the test examples from `metrics.json` in the folder of a run.
 *
 * @returns null if there is no such file, because the run has not finished, or if an earlier version wrote less
 * @throws RunError if the file is damaged: it names the file and the field
 */
export function readTestEvaluation(path: string): Measures | null {
  const file = join(path, metricsFile);
  let content: unknown;
  try {
    content = JSON.parse(readTextFile(file, { maxBytes: maxJsonBytes }), nullAsNaN(mayBeNaN));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw new RunError(`${file}: cannot be read: ${message.replaceAll(/\s+/g, ' ')}`, { cause: error });
  }
  const mismatch = firstMismatch(content, { test: isObject });
  if (mismatch !== null) throw new RunError(`${file}: ${mismatch}`);
  const { test, confusion } = content as Pick<RunMetrics, 'confusion'> & {
    test: FullEvaluation | NumberEvaluation;
  };
  if (areOfNumbers(test)) {
    const wrong = firstMismatch(test, expectedNumbers, 'test');
    if (wrong !== null) throw new RunError(`${file}: ${wrong}`);
    return test;
  }
  if (!('calibration' in test)) return null;
  const classes = Array.isArray(test.classes) ? test.classes.length : 0;
  const wrong = firstMismatch(content, expectedMetrics(classes));
  if (wrong !== null) throw new RunError(`${file}: ${wrong}`);
  return { ...test, confusion: confusion! };
}

const report = { precision: isNumberOrNaN, recall: isNumberOrNaN, f1: isNumberOrNaN };

const expectedNumbers: { readonly [field in keyof NumberEvaluation]: Expected } = {
  examples: isCount,
  loss: isNumber,
  meanAbsoluteError: isAtLeast0,
  rootMeanSquaredError: isAtLeast0,
  r2: isNumberOrNaN,
  medianError: isAtLeast0,
  ninetiethPercentError: isAtLeast0,
  largestErrors: [{ index: isCount, actual: isNumber, predicted: isNumber }],
};

function expectedMetrics(classes: number): Expected {
  const isClass = (value: unknown): boolean => isCount(value) && value < classes;
  const isRow = (value: unknown): boolean =>
    Array.isArray(value) && value.length === classes && value.every(isCount);
  const test: { readonly [field in keyof Omit<FullEvaluation, 'confusion'>]: Expected } = {
    examples: isCount,
    loss: isNumber,
    accuracy: isNumber,
    top2Accuracy: isNumber,
    classes: [{ name: isText, ...report, support: isCount }],
    macro: report,
    weighted: report,
    confusions: [{ actual: isClass, predicted: isClass, count: isCount }],
    calibration: {
      expectedError: isNumber,
      confidence: isNumber,
      bins: [
        { from: isNumber, to: isNumber, count: isCount, confidence: isNumberOrNaN, accuracy: isNumberOrNaN },
      ],
    },
    mistakes: [{ index: isCount, actual: isClass, predicted: isClass, probability: isNumber }],
  };
  const isSquare = (value: unknown): boolean =>
    Array.isArray(value) && value.length === classes && value.every(isRow);
  return { test, confusion: isSquare };
}
