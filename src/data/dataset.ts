import { sizeOf } from '../tensor/shape.ts';
import { Tensor } from '../tensor/tensor.ts';
import { type Examples, type LabelledImages, exampleShape } from './examples.ts';
import type { ImageSize } from './pictures/scale-image.ts';

/** Examples to train on and examples for the test, of any kind. */
export interface Dataset<E extends Examples = Examples> {
  readonly name: string;
  readonly train: E;
  readonly test: E;
  /** None where the targets are numbers. */
  readonly classNames: readonly string[];
  /** SHA-256 of each file that was read, by file name; for a folder of pictures, one over all of them. */
  readonly checksums: Readonly<Record<string, string>>;
  /** Decisions that were made in reading the files, a sentence each, to be shown to the user. */
  readonly remarks?: readonly string[];
}

export interface ImageDataset extends Dataset<LabelledImages> {
  /** The format that the pictures of a folder were brought into; absent where the files hold the images as they are. */
  readonly pictures?: PictureFormat;
}

/** The size and colours that all pictures of a folder are brought to. */
export interface PictureFormat {
  readonly imageSize: ImageSize;
  readonly channels: 'grey' | 'rgb';
}

/** What a run uses some examples for. */
export type PartName = 'train' | 'validation' | 'test';
export const partNames: readonly PartName[] = ['train', 'validation', 'test'];

/** A label is a byte. */
export const maxClasses = 256;

/** The data set with only the first `limit` of its training images; the test images stay whole. */
export function limitTraining(dataset: ImageDataset, limit: number): ImageDataset {
  const { x: images, y: labels, files } = dataset.train;
  if (limit >= labels.size) return dataset;
  const shape = exampleShape(dataset.train);
  const pixels = images.values.subarray(0, limit * sizeOf(shape));
  return {
    ...dataset,
    train: {
      x: Tensor.from('uint8', [limit, ...shape], pixels, images.name),
      y: Tensor.from('uint8', [limit], labels.values.subarray(0, limit), labels.name),
      ...(files === undefined ? {} : { files: files.slice(0, limit) }),
    },
  };
}
