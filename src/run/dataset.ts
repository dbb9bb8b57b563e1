import { splitValidation } from '../data/batches.ts';
import { type ImageDataset, limitTraining, type PartName } from '../data/dataset.ts';
import { exampleCount, type Examples, exampleShape, type LabelledImages } from '../data/examples.ts';
import type { ImageFolderOptions } from '../data/pictures/image-folder.ts';
import { readDataset } from '../data/read-dataset.ts';
import { readTablePart, type TableExamples } from '../data/table/table-dataset.ts';
import { formatShape, sameShape } from '../tensor/shape.ts';
import { isTableConfiguration, type RunConfiguration, type TableConfiguration } from './config.ts';
import { RunError } from './errors.ts';
import type { SavedRun } from './saved-run.ts';

/**
 * Reads the data set of images that a run was trained on. Its training images are limited as they were then. Pictures of a
 * folder are scaled to the size that the network takes.
 *
 * @param folder where the data are if they have moved; or other data of the same shape and number of classes
 * @param onProgress see `readImageFolder`
 * @throws RunError if the network cannot take these images; DataError if they cannot be read
 */
export function readRunDataset(
  { path, configuration }: SavedRun,
  folder?: string,
  onProgress?: ImageFolderOptions['onProgress'],
): ImageDataset {
  if (isTableConfiguration(configuration)) {
    throw new RunError(
      `${path}: it was trained on a table, ${configuration.dataset.name}, and not on images`,
    );
  }
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

/** Some examples of a data set, by their positions. */
export interface Part {
  readonly examples: LabelledImages | TableExamples;
  readonly positions: Int32Array;
}

/**
 * Reads a part of the data that a run was trained on.
 *
 * @param path where the data are if they have moved; or other data that the network can take
 * @returns the part, which is empty if there are no such examples, and the name of the data
 * @throws RunError or DataError as `readRunDataset` does; RunError if a table has changed
 */
export function readRunPart(
  run: SavedRun,
  part: PartName,
  path?: string,
  onProgress?: ImageFolderOptions['onProgress'],
): Part & { readonly name: string } {
  const { configuration } = run;
  if (isTableConfiguration(configuration)) return readRunTable(run.path, configuration, part, path);
  const dataset = readRunDataset(run, path, onProgress);
  return { ...partOf(dataset, part, configuration), name: dataset.name };
}

function partOf(dataset: ImageDataset, part: PartName, { validationSplit }: RunConfiguration): Part {
  if (part === 'test') return everyExample(dataset.test);
  const split = splitValidation(exampleCount(dataset.train), validationSplit);
  return { examples: dataset.train, positions: split[part] };
}

function readRunTable(
  run: string,
  { table: format, classNames, limit, validationSplit, data, dataset }: TableConfiguration,
  part: PartName,
  path?: string,
): Part & { readonly name: string } {
  const checksum = dataset.checksums[dataset.name];
  const known = { format, classNames, limit: limit ?? Infinity, validationSplit, checksum };
  const found = readTablePart(path ?? data, part, known);
  if (!found.isKnown && path === undefined) {
    throw new RunError(
      `${data}: the table has changed since the run ${run} was trained on it: which rows it has seen is not known; ` +
        '--data FILE evaluates it on all rows of another table',
    );
  }
  return found;
}

export function everyExample<E extends Examples>(
  examples: E,
): { readonly examples: E; readonly positions: Int32Array } {
  return { examples, positions: Int32Array.from({ length: exampleCount(examples) }, (_, i) => i) };
}
