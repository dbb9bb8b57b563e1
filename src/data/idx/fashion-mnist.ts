import { fileURLToPath } from 'node:url';
import type { ImageDataset } from '../dataset.ts';
import { readIdxFolder } from './idx-folder.ts';

/** The folder of the four official files that come with weft. Their checksums are verified with SHA256SUMS. */
export const fashionMnistFolder: string = fileURLToPath(
  new URL('../../../data/fashion-mnist', import.meta.url),
);

/** Fashion-MNIST (Xiao, Rasul, Vollgraf, 2017): 60,000 and 10,000 images of 28×28 in ten classes. */
export function fashionMnist(): ImageDataset {
  return readIdxFolder(fashionMnistFolder);
}
