import { decodeImage } from '../../../data/pictures/image-file.ts';
import type { Inversion } from '../../../data/pictures/prepared-image.ts';
import { prepareImage } from '../../../data/pictures/prepare-image.ts';
import type { SavedRun } from '../../../run/saved-run.ts';
import { formatShape, type Shape, sizeOf } from '../../../tensor/shape.ts';
import { Tensor } from '../../../tensor/tensor.ts';
import { visible } from '../../../visible.ts';
import type { Output } from '../../framework/output.ts';
import { startProgress } from '../../framework/progress.ts';
import { readDataOfRun } from '../../options/data-options.ts';
import { UsageError } from '../../framework/usage-error.ts';
import type { PictureSource } from './picture-sources.ts';
import type { StepsFile } from './steps-file.ts';

/** An image to classify: a picture that was prepared for the network, or a test image. */
export interface Subject {
  readonly name: string;
  /** Bytes [height, width, channels], as the network takes them. */
  readonly pixels: Uint8Array;
  /** What was done to the picture to prepare it. */
  readonly done: readonly string[];
  /** Reasons to doubt that the network can classify the picture. */
  readonly doubts: readonly string[];
  /** For a test image. */
  readonly test?: { readonly position: number; readonly label: string; readonly file?: string };
}

export interface ReadPicturesOptions {
  readonly invert: Inversion;
  /** Shows no progress. */
  readonly silent: boolean;
  readonly output: Output;
  readonly steps: StepsFile;
}

/** Reads and prepares pictures. If one cannot be read, it prints why, sets the exit status and goes on with the next. */
export function readPictures(
  sources: readonly PictureSource[],
  { configuration, path }: SavedRun,
  { invert, silent, output, steps }: ReadPicturesOptions,
): Subject[] {
  const { inputShape } = configuration;
  const channels = inputShape[2]!;
  if (channels !== 1 && channels !== 3) {
    throw new Error(
      `the network of ${path} takes ${formatShape(inputShape)}: no pictures, but ${channels} channels`,
    );
  }
  // whether the run was trained on a folder of pictures
  const asInFolder = (configuration.imageSize ?? null) !== null;
  const progress = startProgress({ task: 'reading', unit: 'pictures', silent });
  const subjects: Subject[] = [];
  for (const [index, { name, read }] of sources.entries()) {
    try {
      const picture = decodeImage(read(), name);
      const prepared = prepareImage(picture, { inputShape, invert, asInFolder });
      const { image, done, doubts } = prepared;
      subjects.push({ name, pixels: image.data, done, doubts });
      steps.add(prepared.steps);
    } catch (error) {
      const { message } = error as Error;
      output.note(message.startsWith(visible(name)) ? message : `${name}: ${message}`);
      process.exitCode = 1;
    }
    progress.update(index + 1, sources.length);
  }
  progress.stop();
  return subjects;
}

export interface TestImagesOptions {
  /** See `readRunDataset`. */
  readonly folder: string | undefined;
  /** Shows no progress. */
  readonly silent: boolean;
}

/** @throws UsageError if there is no test image at a position */
export function testImages(
  positions: readonly number[],
  run: SavedRun,
  { folder, silent }: TestImagesOptions,
): Subject[] {
  const { name, test } = readDataOfRun(run, folder, { silent });
  const { classNames } = run.configuration;
  const { x: images, y: labels, files } = test;
  const size = images.size / labels.size;
  return positions.map((position) => {
    if (position >= labels.size) {
      throw new UsageError(`--test ${position}: the test images of ${name} are 0 to ${labels.size - 1}`);
    }
    return {
      name: `test image ${position}${files === undefined ? '' : `, ${files[position]!}`}`,
      pixels: images.values.subarray(position * size, (position + 1) * size),
      done: [],
      doubts: [],
      test: {
        position,
        label: classNames[labels.values[position]!]!,
        ...(files === undefined ? {} : { file: files[position]! }),
      },
    };
  });
}

/** Images of [height, width, channels] as one batch. */
export function batchOf(images: readonly Uint8Array[], inputShape: Shape): Tensor<'uint8'> {
  const size = sizeOf(inputShape);
  const batch = new Uint8Array(images.length * size);
  for (const [index, image] of images.entries()) batch.set(image, index * size);
  return Tensor.from('uint8', [images.length, ...inputShape], batch, 'images');
}
