import { basename, resolve } from 'node:path';
import { readRegularFile } from '../../read-file.ts';
import { RandomStream } from '../../tensor/random.ts';
import { formatShape, sizeOf } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import type { ImageDataset, PictureFormat } from '../dataset.ts';
import type { LabelledImages } from '../examples.ts';
import { DataError, sha256 } from '../idx/idx.ts';
import { decodingBudget } from './decoding-budget.ts';
import { decodeImage } from './image-file.ts';
import { listPictures, type PictureFile } from './picture-files.ts';
import { isGrey, type Picture, pixelsOf } from './pixels.ts';
import { fitImage, type ImageSize } from './scale-image.ts';

export interface ImageFolderOptions {
  /** Size that all pictures are fitted into. If left out: their own size if all have the same, else 28×28. */
  readonly imageSize?: ImageSize | undefined;
  /** If left out: grey if all pictures are grey, else rgb. */
  readonly channels?: 'grey' | 'rgb' | undefined;
  /** Called after each picture that was read. Reading starts again if sizes or colours turn out to differ. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** The size of MNIST and Fashion-MNIST, for which the presets are made. */
const usualSize: ImageSize = { width: 28, height: 28 };

/** Limit for the images of both parts together: the engines address 2 GiB, which must hold everything else, too. */
const maxBytes = 2 ** 30;

/** The order of the examples is always the same. */
const orderSeed = 1;

/**
 * Reads a folder with a folder of PNG or JPEG files for each class, as Keras's `image_dataset_from_directory` does:
 * `<class>/*`, or `train/<class>/*` and `test/<class>/*`. Without `test`, every fifth picture of each class, by name,
 * is a test image. The classes are the names of the folders, sorted; there may be up to 256.
 *
 * Each picture is fitted into the size with its proportions kept (`fitImage`); transparent parts become white. The
 * examples are in an order that is random but always the same: the last ones, which are kept for validation, then come
 * from all classes.
 *
 * `checksums.pictures` is the SHA-256 of a list with a line for each file, sorted by its path below the folder: its own
 * SHA-256, two spaces, that path. This is the list that `LC_ALL=C sha256sum` prints for all files, run in the folder.
 *
 * One picture that cannot be read ends the reading, since a data set without it would be another one.
 *
 * @throws DataError or ImageError that names the folder or file
 */
export function readImageFolder(folder: string, options: ImageFolderOptions = {}): ImageDataset {
  const { classNames, train, test, remarks } = listPictures(folder);
  const files = [...inRandomOrder(train, 'train'), ...inRandomOrder(test, 'test')];
  const { pixels, digests, format, resized } = readPictures(files, folder, options);
  const { imageSize, channels } = format;
  const shape = [imageSize.height, imageSize.width, channels === 'grey' ? 1 : 3];
  const examples = (part: string, from: number, to: number): LabelledImages => ({
    x: Tensor.from(
      'uint8',
      [to - from, ...shape],
      pixels.subarray((from * pixels.length) / files.length, (to * pixels.length) / files.length),
      `${part} images`,
    ),
    y: Tensor.from(
      'uint8',
      [to - from],
      Uint8Array.from(files.slice(from, to), ({ label }) => label),
      `${part} labels`,
    ),
    files: files.slice(from, to).map(({ name }) => name),
  });
  const names = [...digests.keys()].toSorted();
  const list = names.map((name) => `${digests.get(name)!}  ${name}\n`).join('');
  return {
    name: basename(resolve(folder)),
    train: examples('train', 0, train.length),
    test: examples('test', train.length, files.length),
    classNames,
    checksums: { pictures: sha256(Buffer.from(list)) },
    pictures: format,
    remarks: [...remarks, ...resized],
  };
}

function inRandomOrder(files: readonly PictureFile[], part: string): PictureFile[] {
  const order = new RandomStream(orderSeed, `${part} pictures`).permutation(files.length);
  return Array.from(order, (position) => files[position]!);
}

interface ReadPictures {
  /** The pixels of all images, one image after the other. */
  readonly pixels: Uint8Array;
  /** SHA-256 of each file, by name. */
  readonly digests: ReadonlyMap<string, string>;
  readonly format: PictureFormat;
  /** The remark for the user if the sizes differ. */
  readonly resized: readonly string[];
}

/** Reads as if all pictures were grey and of one size, and starts again if one is not. */
function readPictures(
  files: readonly PictureFile[],
  folder: string,
  options: ImageFolderOptions,
  resized: readonly string[] = [],
): ReadPictures {
  const { imageSize, channels, onProgress } = options;
  const assumed = channels ?? 'grey';
  const channelCount = assumed === 'grey' ? 1 : 3;
  const digests = new Map<string, string>();
  let size = imageSize;
  let pixels: Uint8Array = new Uint8Array();
  for (const [index, file] of files.entries()) {
    const bytes = readBytes(file.path);
    const picture = decodeImage(bytes, file.path);
    if (channels === undefined && !isGrey(picture)) {
      return readPictures(files, folder, { ...options, channels: 'rgb' }, resized);
    }
    if (size === undefined) size = sizeOfPicture(picture);
    else if (imageSize === undefined && !(picture.width === size.width && picture.height === size.height)) {
      const remark = `pictures of different sizes, ${formatSize(size)} and ${formatSize(picture)}: made ${formatSize(usualSize)}`;
      return readPictures(files, folder, { ...options, imageSize: usualSize }, [remark]);
    }
    if (index === 0) pixels = allocate(files.length, size, channelCount, folder);
    const fitted = fitImage(pixelsOf(picture, channelCount), size);
    for (const [i, value] of fitted.data.entries())
      pixels[index * fitted.data.length + i] = Math.round(value);
    digests.set(file.name, sha256(bytes));
    onProgress?.(index + 1, files.length);
  }
  return { pixels, digests, format: { imageSize: size!, channels: assumed }, resized };
}

function readBytes(path: string): Uint8Array {
  try {
    return readRegularFile(path, { maxBytes: decodingBudget.fileBytes });
  } catch (error) {
    throw new DataError(`${path}: cannot read the picture: ${(error as Error).message}`, { cause: error });
  }
}

/** @throws DataError if the images take more than `maxBytes` */
function allocate(count: number, { height, width }: ImageSize, channels: number, folder: string): Uint8Array {
  const shape = [count, height, width, channels];
  const bytes = sizeOf(shape);
  if (bytes > maxBytes) {
    throw new DataError(
      `${folder}: its pictures as ${formatShape(shape)} take ${(bytes / 2 ** 30).toPrecision(3)} GiB, more than the ` +
        `${maxBytes / 2 ** 30} GiB for images; choose a smaller image size`,
    );
  }
  return new Uint8Array(bytes);
}

function sizeOfPicture({ width, height }: Picture): ImageSize {
  return { width, height };
}

/** Height first, as in the shape of an image. */
function formatSize({ height, width }: ImageSize): string {
  return `${height}×${width}`;
}
