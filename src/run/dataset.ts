import { splitValidation } from '../data/batches.ts';
import { type Dataset, limitTraining } from '../data/dataset.ts';
import { type LabelledImages, exampleShape } from '../data/examples.ts';
import type { ImageFolderOptions } from '../data/pictures/image-folder.ts';
import { readDataset } from '../data/read-dataset.ts';
import { formatShape, sameShape } from '../tensor/shape.ts';
import { RunError } from './errors.ts';
import type { SavedRun } from './saved-run.ts';

/**
 * Reads the data set that a run was trained on. Its training images are limited as they were then. Pictures of a folder
 * are scaled to the size that the network takes.
 *
 * @param folder where the data are if they have moved; or other data of the same shape and number of classes
 * @param onProgress see `readImageFolder`
 * @throws RunError if the network cannot take these images; DataError if they cannot be read
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

/** The parts of a run's data: the test images, and the training images that it kept for validation or trained on. */
export const partNames = ['test', 'validation', 'train'] as const;
export type PartName = (typeof partNames)[number];

/** Some examples of a data set, by their positions. */
export interface Part {
  readonly examples: LabelledImages;
  readonly positions: Int32Array;
}

export function partOf(dataset: Dataset, part: PartName, { configuration }: SavedRun): Part {
  if (part === 'test') return everyExample(dataset.test);
  const split = splitValidation(dataset.train.y.size, configuration.validationSplit);
  return { examples: dataset.train, positions: split[part] };
}

export function everyExample(examples: LabelledImages): Part {
  return { examples, positions: Int32Array.from(examples.y.values, (_, i) => i) };
}
