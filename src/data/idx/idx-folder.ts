import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readTextFile } from '../../read-file.ts';
import { formatShape, sameShape } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import type { ImageDataset } from '../dataset.ts';
import { type LabelledImages, exampleShape } from '../examples.ts';
import { fashionMnistClasses } from '../fashion-mnist-classes.ts';
import { checkLabels, classNamesFile, numberedClasses, readClassNames } from './class-names.ts';
import { DataError, readIdx, sha256 } from './idx.ts';

/** SHA-256 of the 60,000 training labels of Fashion-MNIST, by which the data set is recognised. */
const fashionMnistLabels = '657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7';

/** Whether the folder has any of the files that `readIdxFolder` looks for. */
export function hasIdxFiles(folder: string): boolean {
  return readdirSync(folder).some((file) =>
    /^(train|t10k)-(images-idx3|labels-idx1)-ubyte(\.gz)?$/.test(file),
  );
}

/**
 * Reads a folder with the four IDX files of MNIST or a relative of it: `train-images-idx3-ubyte`,
 * `train-labels-idx1-ubyte`, `t10k-images-…`, `t10k-labels-…`, each gzipped (`.gz`) or plain. Two files beside them
 * are optional: `SHA256SUMS`, with which their checksums are compared, and `classes.txt` with the name of a class in each
 * line, that of label 0 first. Without names, the classes are the numbers from 0 to the largest training label.
 *
 * @throws DataError that names the file, what was expected and what was found
 */
export function readIdxFolder(folder: string): ImageDataset {
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
  const isFashionMnist = sha256(train.y.values) === fashionMnistLabels;
  const named = readClassNames(folder);
  if (named) checksums[classNamesFile] = named.checksum;
  const classNames =
    named?.names ?? (isFashionMnist ? fashionMnistClasses : numberedClasses(folder, train.y.values));
  checkLabels(folder, 'training', train.y.values, classNames.length);
  checkLabels(folder, 'test', test.y.values, classNames.length);
  verifyChecksums(folder, checksums);
  return { name: isFashionMnist ? 'Fashion-MNIST' : basename(folder), train, test, classNames, checksums };
}

function readExamples(folder: string, part: string, checksums: Record<string, string>): LabelledImages {
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
    x: Tensor.from('uint8', [...images.shape, 1], images.values, `${part} images`),
    y: Tensor.from('uint8', labels.shape, labels.values, `${part} labels`),
  };
}

function findFile(folder: string, name: string): string {
  const path = [`${name}.gz`, name]
    .map((file) => join(folder, file))
    .find((candidate) => existsSync(candidate));
  if (path === undefined)
    throw new DataError(`${folder}: expected a file ${name}.gz or ${name}, found neither`);
  return path;
}

/** 64 hexadecimal digits and a name for each of six files need far less. */
const maxChecksumBytes = 2 ** 20;

/** Lines of `sha256sum`: 64 hexadecimal digits, two spaces, the file's name. */
function verifyChecksums(folder: string, checksums: Readonly<Record<string, string>>): void {
  const path = join(folder, 'SHA256SUMS');
  if (!existsSync(path)) return;
  for (const line of readChecksums(path).trim().split('\n')) {
    const [expected = '', file = ''] = line.trim().split(/\s+\*?/);
    if (!Object.hasOwn(checksums, file)) continue;
    const found = checksums[file]!;
    if (found !== expected) {
      const shown = expected.slice(0, found.length);
      throw new DataError(
        `${file}: expected SHA-256 ${shown} (SHA256SUMS), found ${found}; fetch the file again`,
      );
    }
  }
}

function readChecksums(path: string): string {
  try {
    return readTextFile(path, { maxBytes: maxChecksumBytes });
  } catch (error) {
    throw new DataError(`${path}: cannot read the checksums: ${(error as Error).message}`, { cause: error });
  }
}
