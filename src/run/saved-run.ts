import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Dataset, limitTraining, type PictureFormat } from '../data/dataset.ts';
import { exampleShape } from '../data/examples.ts';
import type { ImageFolderOptions } from '../data/pictures/image-folder.ts';
import { readDataset } from '../data/read-dataset.ts';
import type { ImageSize } from '../data/pictures/scale-image.ts';
import type { Sequential } from '../layers/sequential.ts';
import { buildModel } from '../model/build-model.ts';
import type { NamedValues } from '../model/safetensors.ts';
import { readWeightsFile } from '../model/safetensors-file.ts';
import { setWeights } from '../model/weights.ts';
import { describeWeights, keptWeights, readSavedState, weightsFiles } from './saved-state.ts';
import { formatShape, sameShape, type Shape } from '../tensor/shape.ts';

/** A folder that is not what a run leaves. The message names it. */
export class RunError extends Error {
  override readonly name = 'RunError';
}

/** What `config.json` of a run says, as far as it takes to use the run's network. */
export interface RunConfiguration {
  /** The preset or file that the network came from. */
  readonly model: string;
  /** The layers as data, for `buildModel`. */
  readonly layers: unknown;
  /** Shape of one image: [height, width, channels]. */
  readonly inputShape: Shape;
  readonly classNames: readonly string[];
  /** The folder of its data; null for the Fashion-MNIST that is included. */
  readonly data: string | null;
  /** What pictures of a folder were made into; null or missing if the data were IDX files. */
  readonly imageSize?: PictureFormat['imageSize'] | null;
  readonly channels?: PictureFormat['channels'] | null;
  readonly dataset: { readonly name: string; readonly checksums: Readonly<Record<string, string>> };
  /** How many of the training images were used; null for all. */
  readonly limit: number | null;
  /** The last share of the training images was kept for validation. */
  readonly validationSplit: number;
  /** λ of the L2 penalty. */
  readonly l2: number;
  /** Epochs without a better one after which the run was to end, its best weights being kept; null or missing for no such end. */
  readonly earlyStopping?: number | null;
  /** Everything else that the file holds. */
  readonly [setting: string]: unknown;
}

/** What a run of training left in its folder. */
export interface SavedRun {
  readonly path: string;
  readonly configuration: RunConfiguration;
  /** The network with the run's weights: an engine that has not seen it yet begins with them. */
  readonly model: Sequential;
  readonly weights: ReadonlyMap<string, NamedValues>;
  /** Which weights these are, for people: `epoch 7, the best by validation loss`. */
  readonly weightsOf: string;
  /** Whether the run came to its end. If not, these are the weights that it had come to so far. */
  readonly finished: boolean;
}

/**
 * Reads the folder of a run: `config.json`, and the weights in `model.safetensors`, or those of the last checkpoint where a
 * run was killed before it could write them.
 *
 * @throws RunError, ModelError or WeightsError that says which file is missing or damaged
 */
export function readRun(path: string): SavedRun {
  const configuration = readConfiguration(path);
  const { layers, inputShape, classNames } = configuration;
  const model = buildModel(layers, {
    source: join(path, configurationFile),
    inputShape,
    classes: classNames.length,
  });
  const { file, ...found } = readKeptWeights(path, typeof configuration.earlyStopping === 'number');
  setWeights(model, found.weights, file);
  return { path, configuration, model, ...found };
}

function readKeptWeights(
  path: string,
  earlyStopping: boolean,
): Pick<SavedRun, 'weights' | 'weightsOf' | 'finished'> & { readonly file: string } {
  const file = join(path, weightsFiles.model);
  if (existsSync(file)) {
    const { weights, metadata } = readWeightsFile(file);
    const finished = metadata['finished'] !== 'false';
    return { file, weights, weightsOf: metadata['weights'] ?? weightsFiles.model, finished };
  }
  const saved = readSavedState(path);
  if (saved === null) {
    throw new RunError(`${path}: has no ${weightsFiles.model}: the run did not come to its first weights`);
  }
  const kept = keptWeights(saved, earlyStopping);
  const weightsOf = `${describeWeights(kept)} so far: the run was not finished`;
  return { file: join(path, weightsFiles.last), weights: kept.weights, weightsOf, finished: false };
}

/**
 * The data set that the run was made with, its training images cut off as they were then. Pictures are made into what
 * the network takes.
 *
 * @param folder another place where to look for it, or another data set with images of the same shape and as many classes
 * @param onProgress see `readImageFolder`
 */
export function readRunDataset(
  { path, configuration }: SavedRun,
  folder?: string,
  onProgress?: ImageFolderOptions['onProgress'],
): Dataset {
  const { inputShape, classNames, limit } = configuration;
  const [height, width, depth] = inputShape as [number, number, number];
  const dataset = readDataset(folder ?? configuration.data ?? undefined, {
    imageSize: { height, width },
    channels: depth === 1 ? 'grey' : 'rgb',
    onProgress,
  });
  const shape = exampleShape(dataset.train);
  if (!sameShape(shape, inputShape)) {
    throw new RunError(
      `${dataset.name}: its images are ${formatShape(shape)}, the network of ${path} takes ${formatShape(inputShape)}`,
    );
  }
  if (dataset.classNames.length !== classNames.length) {
    throw new RunError(
      `${dataset.name}: it has ${dataset.classNames.length} classes, the network of ${path} knows ${classNames.length}`,
    );
  }
  return limitTraining(dataset, limit ?? Infinity);
}

const configurationFile = 'config.json';

/** Reads `config.json` of a run. @throws RunError that says what is wrong */
export function readConfiguration(path: string): RunConfiguration {
  if (!existsSync(path)) throw new RunError(`${path}: no such folder; expected the folder of a run`);
  const file = join(path, configurationFile);
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new RunError(`${file}: no such file; expected the folder of a run`);
    throw new RunError(`${file}: cannot be read: ${message.replaceAll(/\s+/g, ' ')}`, { cause: error });
  }
  for (const [setting, isValid] of Object.entries(expected)) {
    const value = (content as Record<string, unknown> | null)?.[setting];
    if (!isValid(value)) {
      const found = value === undefined ? 'is missing' : `cannot be ${JSON.stringify(value).slice(0, 40)}`;
      throw new RunError(`${file}: ${setting} ${found}: this is not the file of a run, or was changed`);
    }
  }
  return content as RunConfiguration;
}

const isAbsent = (value: unknown): boolean => value === null || value === undefined;
const isText = (value: unknown): boolean => typeof value === 'string';
const isShare = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value < 1;
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;

/** What must be in the file, whoever wrote it. */
const expected: { readonly [setting in keyof RunConfiguration]: (value: unknown) => boolean } = {
  model: isText,
  layers: Array.isArray,
  inputShape: (value) => Array.isArray(value) && value.length === 3 && value.every(isCount),
  classNames: (value) => Array.isArray(value) && value.length > 0 && value.every(isText),
  data: (value) => value === null || isText(value),
  imageSize: (value) =>
    isAbsent(value) || (isCount((value as ImageSize).height) && isCount((value as ImageSize).width)),
  channels: (value) => isAbsent(value) || value === 'grey' || value === 'rgb',
  dataset: (value) => isText((value as RunConfiguration['dataset'] | null)?.name),
  limit: (value) => value === null || isCount(value),
  validationSplit: isShare,
  l2: (value) => typeof value === 'number' && value >= 0,
};
