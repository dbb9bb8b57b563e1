import type { Options } from 'yargs';
import type { ImageDataset, PartName, PictureFormat } from '../../data/dataset.ts';
import { type Part, readRunDataset, readRunPart } from '../../run/dataset.ts';
import type { SavedRun } from '../../run/saved-run.ts';
import { readDataset } from '../../data/read-dataset.ts';
import type { ImageSize } from '../../data/pictures/scale-image.ts';
import { filled } from '../framework/numbers.ts';
import { startProgress } from '../framework/progress.ts';
import { UsageError } from '../framework/usage-error.ts';

/** Which data a command works on, and how pictures are read. */
export interface DataArguments {
  readonly data: string | undefined;
  readonly 'image-size': ImageSize | undefined;
  readonly channels: PictureFormat['channels'] | undefined;
}

/** `--data` and the options that go with it, for every command that reads a data set. */
export const dataOptions: {
  readonly [Name in keyof DataArguments]: Options & {
    readonly coerce: (text: string) => NonNullable<DataArguments[Name]>;
  };
} = {
  data: {
    type: 'string',
    requiresArg: true,
    coerce: filled('data'),
    describe:
      'Folder of the data: the four IDX files of MNIST or a relative, or for each class a folder of PNG or JPEG files; ' +
      'or a table, FILE.csv (default: Fashion-MNIST)',
  },
  'image-size': {
    type: 'string',
    requiresArg: true,
    coerce: parseImageSize,
    describe: 'Scale pictures to N or HxW pixels (default: their own size if all are equal, else 28)',
  },
  channels: {
    choices: ['grey', 'rgb'],
    requiresArg: true,
    coerce: filled('channels') as (text: string) => 'grey' | 'rgb',
    describe: 'Read pictures as grey or as rgb (default: grey if all of them are grey, else rgb)',
  },
};

const largestSide = 4096;

/** `28` is 28×28 pixels; `32x48` is 32 rows of 48 pixels. */
function parseImageSize(text: string): ImageSize {
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

/** In the form that the option takes: `32x48`. */
export function formatImageSize({ height, width }: ImageSize): string {
  return `${height}x${width}`;
}

/** Reads the data set. If that takes long, it shows its progress, unless `silent`. */
export function readData(args: DataArguments, { silent }: { readonly silent: boolean }): ImageDataset {
  const { data, 'image-size': imageSize, channels } = args;
  const dataset = showingProgress(silent, (onProgress) =>
    readDataset(data, { imageSize, channels, onProgress }),
  );
  if (dataset.pictures === undefined && (imageSize !== undefined || channels !== undefined)) {
    const option = imageSize === undefined ? 'channels' : 'image-size';
    throw new UsageError(`--${option} goes with --data and a folder of pictures; ${dataset.name} is not one`);
  }
  return dataset;
}

/** `readRunDataset`, which shows its progress if it takes long, unless `silent`. */
export function readDataOfRun(
  run: SavedRun,
  folder: string | undefined,
  { silent }: { readonly silent: boolean },
): ImageDataset {
  return showingProgress(silent, (onProgress) => readRunDataset(run, folder, onProgress));
}

/** `readRunPart`, which shows its progress if it takes long, unless `silent`. */
export function readPartOfRun(
  run: SavedRun,
  part: PartName,
  { path, silent }: { readonly path: string | undefined; readonly silent: boolean },
): Part & { readonly name: string } {
  return showingProgress(silent, (onProgress) => readRunPart(run, part, path, onProgress));
}

function showingProgress<Result>(
  silent: boolean,
  read: (onProgress: (done: number, total: number) => void) => Result,
): Result {
  const progress = startProgress({ task: 'reading', unit: 'pictures', silent });
  try {
    return read((done, total) => progress.update(done, total));
  } finally {
    progress.stop();
  }
}
