import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { formatShape, sameShape, type Shape, sizeOf } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { DataError, readIdx, sha256 } from './idx.ts';
import type { ImageSize } from '../pictures/scale-image.ts';

/** Labelled images, as bytes: a batch becomes floats when it is gathered. */
export interface Examples {
  /** uint8 [count, height, width, channels]; 0 is black. */
  readonly images: Tensor<'uint8'>;
  /** uint8 [count]; each a class index. */
  readonly labels: Tensor<'uint8'>;
}

export interface Dataset {
  readonly name: string;
  readonly train: Examples;
  readonly test: Examples;
  readonly classNames: readonly string[];
  /** SHA-256 of each file that was read, by file name; of a folder of pictures, one over all of them. */
  readonly checksums: Readonly<Record<string, string>>;
  /** How the pictures of a folder were read; absent where the files hold the images as they are. */
  readonly pictures?: PictureFormat;
  /** What was decided in reading the files, a sentence each, for the person who has them read. */
  readonly remarks?: readonly string[];
}

/** What all pictures of a folder are made into. */
export interface PictureFormat {
  readonly imageSize: ImageSize;
  readonly channels: 'grey' | 'rgb';
}

export const fashionMnistClasses: readonly string[] = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
];

/** SHA-256 of the 60,000 training labels of Fashion-MNIST, by which the data set is recognised. */
const fashionMnistLabels = '657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7';

/** Labels are bytes. */
export const maxClasses = 256;

/** Shape of one example: [height, width, channels]. */
export function exampleShape(examples: Examples): Shape {
  return examples.images.shape.slice(1);
}

/** The data set with its training images cut off after the first `limit`; the test images stay whole. */
export function limitTraining(dataset: Dataset, limit: number): Dataset {
  const { images, labels } = dataset.train;
  if (limit >= labels.size) return dataset;
  const shape = exampleShape(dataset.train);
  const pixels = images.values.subarray(0, limit * sizeOf(shape));
  return {
    ...dataset,
    train: {
      images: Tensor.from('uint8', [limit, ...shape], pixels, images.name),
      labels: Tensor.from('uint8', [limit], labels.values.subarray(0, limit), labels.name),
    },
  };
}

/** Whether there is any of the files that `readIdxFolder` looks for. */
export function hasIdxFiles(folder: string): boolean {
  return readdirSync(folder).some((file) =>
    /^(train|t10k)-(images-idx3|labels-idx1)-ubyte(\.gz)?$/.test(file),
  );
}

/**
 * Reads a folder with the four IDX files of MNIST or a relative of it: `train-images-idx3-ubyte`,
 * `train-labels-idx1-ubyte`, `t10k-images-…`, `t10k-labels-…`, each gzipped (`.gz`) or plain. Two files beside them
 * are optional: `SHA256SUMS`, which is held against them, and `classes.txt` with the name of a class in each line,
 * that of label 0 first. Without names there are as many classes as the largest training label says, from 0 to it.
 */
export function readIdxFolder(folder: string): Dataset {
  if (!existsSync(folder)) throw new DataError(`${folder}: no such folder`);
  const checksums: Record<string, string> = {};
  const train = readExamples(folder, 'train', checksums);
  const test = readExamples(folder, 't10k', checksums);
  const [trainShape, testShape] = [exampleShape(train), exampleShape(test)];
  if (!sameShape(trainShape, testShape)) {
    throw new DataError(
      `${folder}: training images are ${formatShape(trainShape)}, test images ${formatShape(testShape)}`,
    );
  }
  const isFashionMnist = sha256(train.labels.values) === fashionMnistLabels;
  const classNames =
    readClassNames(folder, checksums) ??
    (isFashionMnist ? fashionMnistClasses : numberedClasses(folder, train.labels.values));
  checkLabels(folder, 'training', train.labels.values, classNames.length);
  checkLabels(folder, 'test', test.labels.values, classNames.length);
  verifyChecksums(folder, checksums);
  return { name: isFashionMnist ? 'Fashion-MNIST' : basename(folder), train, test, classNames, checksums };
}

function readExamples(folder: string, part: string, checksums: Record<string, string>): Examples {
  const imagesPath = findFile(folder, `${part}-images-idx3-ubyte`);
  const labelsPath = findFile(folder, `${part}-labels-idx1-ubyte`);
  const images = readIdx(imagesPath, 3, 'images');
  const labels = readIdx(labelsPath, 1, 'labels');
  if (images.shape[0] !== labels.shape[0]) {
    throw new DataError(
      `${basename(imagesPath)} has ${images.shape[0]} images, ${basename(labelsPath)} ${labels.shape[0]} labels`,
    );
  }
  checksums[basename(imagesPath)] = images.sha256;
  checksums[basename(labelsPath)] = labels.sha256;
  return {
    images: Tensor.from('uint8', [...images.shape, 1], images.values, `${part} images`),
    labels: Tensor.from('uint8', labels.shape, labels.values, `${part} labels`),
  };
}

/** The lines of `classes.txt`; undefined if there is no such file. */
function readClassNames(folder: string, checksums: Record<string, string>): string[] | undefined {
  const file = 'classes.txt';
  const path = join(folder, file);
  if (!existsSync(path)) return undefined;
  const bytes = readFileSync(path);
  checksums[file] = sha256(bytes);
  const names = bytes
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.trim());
  const wrong = names.findIndex((name, line) => name === '' || names.indexOf(name) !== line);
  if (wrong >= 0) {
    const found = names[wrong] === '' ? 'an empty one' : `"${names[wrong]}" a second time`;
    throw new DataError(
      `${file}: expected the name of a class in each line, found ${found} in line ${wrong + 1}`,
    );
  }
  if (names.length < 2 || names.length > maxClasses) {
    throw new DataError(`${file}: expected from 2 to ${maxClasses} names of classes, found ${names.length}`);
  }
  return names;
}

function numberedClasses(folder: string, labels: Uint8Array): string[] {
  const largest = labels.reduce((most, label) => Math.max(most, label), 0);
  if (largest === 0) {
    throw new DataError(`${folder}: all training labels are 0; to classify takes two classes at least`);
  }
  return Array.from({ length: largest + 1 }, (_, label) => `${label}`);
}

function checkLabels(folder: string, part: string, labels: Uint8Array, classes: number): void {
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    throw new DataError(
      `${folder}: expected ${part} labels from 0 to ${classes - 1}, for ${classes} classes; ` +
        `found ${labels[wrong]} at position ${wrong}`,
    );
  }
}

function findFile(folder: string, name: string): string {
  const path = [`${name}.gz`, name]
    .map((file) => join(folder, file))
    .find((candidate) => existsSync(candidate));
  if (path === undefined)
    throw new DataError(`${folder}: expected a file ${name}.gz or ${name}, found neither`);
  return path;
}

/** Lines of `sha256sum`: 64 hexadecimal digits, two spaces, the file's name. */
function verifyChecksums(folder: string, checksums: Readonly<Record<string, string>>): void {
  const path = join(folder, 'SHA256SUMS');
  if (!existsSync(path)) return;
  for (const line of readFileSync(path, 'utf8').trim().split('\n')) {
    const [expected, file] = line.trim().split(/\s+\*?/) as [string, string];
    const found = checksums[file];
    if (found !== undefined && found !== expected) {
      throw new DataError(
        `${file}: expected SHA-256 ${expected} (SHA256SUMS), found ${found}; fetch the file again`,
      );
    }
  }
}
