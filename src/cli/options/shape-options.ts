import type { Options } from 'yargs';
import { exampleShape } from '../../data/examples.ts';
import { fashionMnistClasses } from '../../data/fashion-mnist-classes.ts';
import type { Shape } from '../../tensor/shape.ts';
import { UsageError } from '../framework/usage-error.ts';
import { isTable } from './table-options.ts';
import { type DataArguments, dataOptions, readData } from './data-options.ts';

/** The options that say which images a network is for, for commands that need no images. */
export const shapeOptions: typeof dataOptions = {
  data: {
    ...dataOptions.data,
    describe: 'Folder of the data, which give the image shape and classes (default: Fashion-MNIST)',
  },
  'image-size': {
    ...dataOptions['image-size'],
    describe: 'Images of N or HxW pixels, in 10 classes; with --data, pictures are scaled to it',
  } satisfies Options,
  channels: {
    ...dataOptions.channels,
    describe: 'Grey or rgb images (default: grey, or as --data has them)',
  },
};

export interface ImagesAndClasses {
  /** [height, width, channels] */
  readonly inputShape: Shape;
  readonly classes: number;
}

/** Reads the data only if they are named: otherwise the options say it all. */
export function shapeOfData(args: DataArguments, { silent }: { readonly silent: boolean }): ImagesAndClasses {
  if (args.data === undefined) {
    const { height, width } = args['image-size'] ?? { height: 28, width: 28 };
    const channels = args.channels === 'rgb' ? 3 : 1;
    return { inputShape: [height, width, channels], classes: fashionMnistClasses.length };
  }
  if (isTable(args.data)) {
    throw new UsageError(
      `--data ${args.data} is a table: train on it, and npm run summary -- RUN shows the network; here --data is for images`,
    );
  }
  const { train, classNames } = readData(args, { silent });
  return { inputShape: exampleShape(train), classes: classNames.length };
}
