import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeCheckpoint, readCheckpoint } from '../../../src/run/checkpoint.ts';
import { readConfiguration } from '../../../src/run/config.ts';
import { csvHead, csvLine, readHistory } from '../../../src/run/history.ts';
import { readTestEvaluation } from '../../../src/run/metrics.ts';
import { type EpochResult, metricsWith } from '../../../src/train/history.ts';
import type { NumberEvaluation } from '../../../src/train/number-evaluation.ts';
import { fullEvaluation } from '../../../src/train/full-evaluation.ts';
import { noPartialEpoch } from '../../../src/train/training-state.ts';
import { fakeEvaluation, noiseExamples, untrainedRun } from '../../helpers/saved-run.ts';
import type { Dice } from './dice.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { mutateJsonFile } from './mutate-json.ts';
import { mutateSafetensors, weights } from './models.ts';
import type { ReaderCase } from './reader-case.ts';

/** A reader of one file in the folder of a run. */
function runCase(
  file: string,
  make: (dice: Dice) => Uint8Array,
  read: (folder: string) => unknown,
  name: string = file,
): ReaderCase {
  return {
    name,
    make,
    read(bytes, folder) {
      writeFileSync(join(folder, file), bytes);
      read(folder);
    },
  };
}

const { configuration } = untrainedRun('run', [2, 2, 1], ['a', 'b', 'c']);
export const config: ReaderCase = runCase(
  'config.json',
  (dice) => mutateJsonFile(configuration, dice),
  readConfiguration,
);

export const tableConfig: ReaderCase = runCase(
  'config.json',
  (dice) =>
    mutateJsonFile(
      {
        ...configuration,
        data: '/data/flowers.csv',
        inputShape: [3],
        loss: { type: 'softmaxCrossEntropy' },
        table: {
          target: 'kind',
          task: 'classification',
          columns: [
            { name: 'length', kind: 'number', mean: 1.5 },
            { name: 'colour', kind: 'category', categories: ['blue', 'red'] },
          ],
          testSplit: 0.2,
          testData: null,
          seed: 1,
          ignore: null,
          categorical: null,
        },
      },
      dice,
    ),
  readConfiguration,
  'config.json of a table',
);

const epochs: readonly EpochResult[] = [1, 2].map((epoch) => ({
  epoch,
  loss: 1 / epoch,
  ...metricsWith('accuracy', 0.5),
  validation: { loss: 1, ...metricsWith('accuracy', 0.4) },
  learningRate: 0.001,
  seconds: 2.5,
  imagesPerSecond: 1000,
}));
const csv = Buffer.from(csvHead('accuracy') + epochs.map(csvLine).join(''));
export const history: ReaderCase = runCase('history.csv', (dice) => mutateBytes(csv, dice), readHistory);

const checkpointBytes = encodeCheckpoint({
  step: 10,
  history: epochs,
  partial: noPartialEpoch,
  weights: new Map(weights),
  optimizer: new Map([['step', { shape: [1], values: Float32Array.of(10) }]]),
});
export const checkpoint: ReaderCase = runCase(
  'last.safetensors',
  (dice) => mutateSafetensors(checkpointBytes, dice),
  (folder) => readCheckpoint(join(folder, 'last.safetensors')),
);

const examples = noiseExamples(30, [2, 2, 1], 3);
const { confusion, ...test } = fullEvaluation(
  fakeEvaluation(examples, 3),
  examples,
  Int32Array.from({ length: 30 }, (_, i) => i),
  ['a', 'b', 'c'],
);
export const metrics: ReaderCase = runCase(
  'metrics.json',
  (dice) => mutateJsonFile({ model: 'small', test, confusion }, dice),
  readTestEvaluation,
);

const numbers: NumberEvaluation = {
  examples: 3,
  loss: 7,
  meanAbsoluteError: 5,
  rootMeanSquaredError: 6.5,
  r2: 0.25,
  medianError: 4,
  ninetiethPercentError: 10,
  largestErrors: [{ index: 2, actual: 30, predicted: 20, line: 4 }],
};
export const numberMetrics: ReaderCase = runCase(
  'metrics.json',
  (dice) => mutateJsonFile({ model: 'small', test: numbers }, dice),
  readTestEvaluation,
  'metrics.json of numbers',
);
