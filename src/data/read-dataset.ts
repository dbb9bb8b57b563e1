import { type Dataset, readIdxFolder } from './dataset.ts';
import { fashionMnist } from './fashion-mnist.ts';

/**
 * The data set in a folder: the four IDX files of MNIST or a relative. Without a folder, Fashion-MNIST, which is
 * included.
 */
export function readDataset(folder: string | undefined): Dataset {
  return folder === undefined ? fashionMnist() : readIdxFolder(folder);
}
