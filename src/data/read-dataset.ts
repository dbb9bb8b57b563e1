import { existsSync, statSync } from 'node:fs';
import type { ImageDataset } from './dataset.ts';
import { hasIdxFiles, readIdxFolder } from './idx/idx-folder.ts';
import { fashionMnist } from './idx/fashion-mnist.ts';
import { DataError } from './idx/idx.ts';
import { type ImageFolderOptions, readImageFolder } from './pictures/image-folder.ts';

/**
 * Reads the data set in a folder: the four IDX files of MNIST or a relative, or a folder of pictures for each class.
 *
 * @param folder Fashion-MNIST if undefined
 * @param options for folders of pictures; the images of IDX files are taken as they are
 * @throws DataError or ImageError that names the folder or file
 */
export function readDataset(folder: string | undefined, options: ImageFolderOptions = {}): ImageDataset {
  if (folder === undefined) return fashionMnist();
  if (!existsSync(folder)) throw new DataError(`${folder}: no such folder`);
  if (!statSync(folder).isDirectory()) {
    throw new DataError(
      `${folder}: expected the folder of a data set, found a file; tables end in .csv, .tsv or .txt`,
    );
  }
  return hasIdxFiles(folder) ? readIdxFolder(folder) : readImageFolder(folder, options);
}
