import type { Options } from 'yargs';
import type { Dataset, PictureFormat } from '../../data/dataset.ts';
import { readDataset } from '../../data/read-dataset.ts';
import type { ImageSize } from '../../data/pictures/scale-image.ts';
import { single } from '../framework/numbers.ts';
import { slowProgress } from '../framework/slow-progress.ts';
import { UsageError } from '../framework/usage-error.ts';

/** Which data a command works on, and how pictures are read. */
export interface DataArguments {
  readonly data: string | undefined;
  readonly 'image-size': ImageSize | undefined;
  readonly channels: PictureFormat['channels'] | undefined;
}

/** `--data` with the options that go with it, for every command that reads a data set. */
export const dataOptions: {
  readonly [Name in keyof DataArguments]: Options & {
    readonly coerce: (text: string) => NonNullable<DataArguments[Name]>;
  };
} = {
  data: {
    type: 'string',
    requiresArg: true,
    coerce: single('data'),
    describe:
      'Folder with the four IDX files of MNIST or a relative, or with a folder of PNG or JPEG files for each class ' +
      '(default: Fashion-MNIST, included)',
  },
  'image-size': {
    type: 'string',
    requiresArg: true,
    coerce: imageSize,
    describe: 'Size of pictures: N, or HxW (default: their own if all are of one size, else 28)',
  },
  channels: {
    choices: ['grey', 'rgb'],
    requiresArg: true,
    coerce: single('channels') as (text: string) => 'grey' | 'rgb',
    describe: 'Colours of pictures (default: grey if all of them are, else rgb)',
  },
};

const largestSide = 4096;

/** `28` is 28×28; `32x48` has 32 rows of 48 pixels. */
function imageSize(text: string): ImageSize {
  const [, height, width] = /^(\d{1,4})(?:[x×](\d{1,4}))?$/.exec(text) ?? [];
  const size = { height: Number(height), width: Number(width ?? height) };
  const isValid = (side: number): boolean => side >= 1 && side <= largestSide;
  if (!isValid(size.height) || !isValid(size.width)) {
    throw new UsageError(
      `--image-size: expected N or HxW, each from 1 to ${largestSide}, such as 28 or 32x48; got "${text}"`,
    );
  }
  return size;
}

/** `32x48`, as the option takes it. */
export function formatImageSize({ height, width }: ImageSize): string {
  return `${height}x${width}`;
}

/** Reads the data set; says how far it is if that takes long, unless `silent`. */
export function readData(args: DataArguments, { silent }: { readonly silent: boolean }): Dataset {
  const { data, 'image-size': size, channels } = args;
  const onProgress = silent ? undefined : slowProgress('reading pictures');
  const dataset = readDataset(data, { imageSize: size, channels, onProgress });
  if (dataset.pictures === undefined && (size !== undefined || channels !== undefined)) {
    const option = size === undefined ? 'channels' : 'image-size';
    throw new UsageError(
      `--${option} goes with --data and a folder of pictures; ${dataset.name} is as it is`,
    );
  }
  return dataset;
}
