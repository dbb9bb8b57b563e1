/** `config.json`: the settings of a run, enough to make the same run again. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AugmentOptions } from '../data/augment.ts';
import type { Dataset, PictureFormat } from '../data/dataset.ts';
import type { TableFormat } from '../data/table/table-dataset.ts';
import { featureNames } from '../data/table/features.ts';
import { tasks } from '../data/table/target.ts';
import { lossNames, lossOf } from '../layers/loss-types.ts';
import type { LossDescription } from '../layers/loss.ts';
import type { Shape } from '../tensor/shape.ts';
import { readTextFile } from '../read-file.ts';
import { showValue } from '../show-value.ts';
import type { EngineFacts } from './engine-facts.ts';
import { RunError } from './errors.ts';
import {
  type Expected,
  firstMismatch,
  isAtLeast0,
  isCount,
  isNumber,
  isOneOf,
  isSize,
  isText,
  optional,
} from './expected.ts';
import type { RunFolder } from './folder.ts';

export const configFile = 'config.json';

/** What is needed to use the network of a run. Every `config.json` has these settings, also that of an earlier version. */
export interface RunConfiguration {
  /** The preset or file that the network came from. */
  readonly model: string;
  /** The layers as data, for `buildModel`. */
  readonly layers: unknown;
  /** Shape of one example: [height, width, channels], or [features]. */
  readonly inputShape: Shape;
  /** None for a network that predicts a number. */
  readonly classNames: readonly string[];
  /** What the network was trained with; missing for softmax cross-entropy on images. */
  readonly loss?: LossDescription;
  /** How the rows of a table become examples; missing for images. */
  readonly table?: TableSettings;
  /** The folder or the file of the data; null for Fashion-MNIST, which is found by the name of its package. */
  readonly data: string | null;
  /** The size that the pictures of a folder were scaled to; null or missing for IDX files. */
  readonly imageSize?: PictureFormat['imageSize'] | null;
  readonly channels?: PictureFormat['channels'] | null;
  readonly dataset: { readonly name: string; readonly checksums: Readonly<Record<string, string>> };
  /** How many of the training images were used; null for all. */
  readonly limit: number | null;
  /** Share of the training images, from the end, that was kept for validation. */
  readonly validationSplit: number;
  /** λ of the L2 penalty. */
  readonly l2: number;
  /** Epochs without a better one after which early stopping ends the run; null or missing without early stopping. */
  readonly earlyStopping?: number | null;
  /** The other settings. `TrainingConfiguration` names those of this version. */
  readonly [setting: string]: unknown;
}

/** How a table was read, and the options that asked for it. */
export interface TableSettings extends TableFormat {
  readonly ignore: string | null;
  readonly categorical: string | null;
}

/** All settings, as this version writes them: the options of `weft train`, the engine, versions and machine. */
export interface TrainingConfiguration extends RunConfiguration {
  readonly preset: { readonly name: string; readonly recipe: object } | null;
  readonly dropout: number;
  /** The file with the first weights; null for random ones. */
  readonly init: string | null;
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: string;
  readonly learningRate: number;
  readonly momentum: number | null;
  readonly nesterov: boolean | null;
  readonly weightDecay: number;
  readonly schedule: string;
  readonly warmup: number | null;
  readonly labelSmoothing: number;
  readonly classWeights: string | null;
  readonly gradientClip: number | null;
  readonly ema: number | null;
  readonly swa: number | null;
  readonly augment: Required<AugmentOptions>;
  /** Whether the test at the end was with mirror images. */
  readonly tta: boolean;
  readonly seed: number;
  readonly engine: EngineFacts & { readonly asked: string; readonly revectorize: boolean };
  readonly versions: { readonly weft: string; readonly node: string; readonly v8: string };
  readonly machine: {
    readonly platform: string;
    readonly arch: string;
    readonly cpu: string;
    readonly cores: number;
  };
}

export async function writeConfiguration(folder: RunFolder, settings: TrainingConfiguration): Promise<void> {
  await folder.writeJson(configFile, settings);
}

/** More than any file of a run that holds JSON or a table: the history of 100,000 epochs has 10 MB. */
export const maxJsonBytes: number = 2 ** 26;

/** @throws RunError that says which file or setting is wrong */
export function readConfiguration(path: string): RunConfiguration {
  if (!existsSync(path)) throw new RunError(`${path}: no such folder; expected the folder of a run`);
  const file = join(path, configFile);
  let content: unknown;
  try {
    content = JSON.parse(readTextFile(file, { maxBytes: maxJsonBytes }));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new RunError(`${file}: no such file; expected the folder of a run`);
    throw new RunError(`${file}: cannot be read: ${message.replaceAll(/\s+/g, ' ')}`, { cause: error });
  }
  const mismatch = mismatchOfSettings(content);
  if (mismatch !== null) {
    throw new RunError(`${file}: ${mismatch}: this is not the file of a run, or was changed`);
  }
  return content as RunConfiguration;
}

/** Whether a run was trained on a table. */
export function isTableConfiguration(configuration: RunConfiguration): configuration is TableConfiguration {
  return configuration.table !== undefined;
}

export type TableConfiguration = RunConfiguration & { readonly table: TableSettings; readonly data: string };

/** The examples of a run or of a dataset, in words. */
export function unitOf(of: RunConfiguration | Dataset): 'images' | 'rows' {
  return 'table' in of && of.table !== undefined ? 'rows' : 'images';
}

/** Whether the content of a JSON file is the configuration of a run, and not a file of options that a person wrote. */
export function isConfiguration(content: object): boolean {
  return 'versions' in content && 'layers' in content;
}

const isShare = (value: unknown): boolean => isAtLeast0(value) && value < 1;
const isListOfSizes = (length: number) => (value: unknown) =>
  Array.isArray(value) && value.length === length && value.every(isSize);
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
const isFilled = (value: unknown): boolean => isTexts(value) && (value as string[]).length > 0;
const isTextOrNull = (value: unknown): boolean => value === null || isText(value);
const isRecordOfTexts = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.values(value).every(isText);

const isLoss = (value: unknown): boolean =>
  firstMismatch(
    value,
    { type: isOneOf(lossNames), delta: optional((delta) => isNumber(delta) && delta > 0) },
    'it',
  ) === null;

const expectedImageSettings: { readonly [setting in keyof RunConfiguration]: Expected } = {
  model: isText,
  layers: Array.isArray,
  inputShape: isListOfSizes(3),
  classNames: isFilled,
  loss: (value) => value === undefined || isLoss(value),
  data: isTextOrNull,
  imageSize: optional({ height: isSize, width: isSize }),
  channels: optional((value) => value === 'grey' || value === 'rgb'),
  dataset: { name: isText, checksums: isRecordOfTexts },
  limit: (value) => value === null || isSize(value),
  validationSplit: isShare,
  l2: isAtLeast0,
  earlyStopping: optional(isNumber),
};

const isColumn = (value: unknown): boolean =>
  firstMismatch(value, { name: isText, kind: isOneOf(['number']), mean: isNumber }, 'it') === null ||
  firstMismatch(value, { name: isText, kind: isOneOf(['category']), categories: isFilled }, 'it') === null;

const expectedTable: { readonly [setting in keyof TableSettings]: Expected } = {
  target: isText,
  task: isOneOf(tasks),
  columns: [isColumn],
  testSplit: (value) => value === null || isShare(value),
  testData: isTextOrNull,
  seed: isCount,
  ignore: isTextOrNull,
  categorical: isTextOrNull,
};

const expectedTableSettings: Expected = {
  ...expectedImageSettings,
  inputShape: isListOfSizes(1),
  classNames: isTexts,
  data: isText,
  loss: isLoss,
  table: expectedTable,
};

/** A loss and a table fit together, and what they are about. */
function mismatchOfSettings(content: unknown): string | null {
  const isTable = typeof content === 'object' && content !== null && 'table' in content;
  const mismatch = firstMismatch(content, isTable ? expectedTableSettings : expectedImageSettings);
  if (mismatch !== null || !isTable) return mismatch;
  const { table, classNames, loss, inputShape } = content as TableConfiguration;
  const areClasses = table.task === 'classification';
  if (classNames.length > 0 !== areClasses)
    return `classNames cannot be ${showValue(classNames)} for a ${table.task}`;
  if ((lossOf(loss!, 'loss').targets === 'classes') !== areClasses) {
    return `loss cannot be ${loss!.type} for a ${table.task}`;
  }
  const features = featureNames(table.columns).length;
  return features === inputShape[0]
    ? null
    : `inputShape cannot be ${showValue(inputShape)}: the columns give ${features} features`;
}
