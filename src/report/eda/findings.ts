import type { ImageDataset } from '../../data/dataset.ts';
import type { LabelledImages } from '../../data/examples.ts';
import { type Duplicate, findDuplicates, withDifferentLabel } from '../../data/duplicates.ts';
import { oneHot } from '../../data/one-hot.ts';
import { classCounts, type PixelStatistics, pixelStatistics } from '../../data/statistics.ts';
import type { Shape } from '../../tensor/shape.ts';

/** What `weft eda` finds out about a data set. `--json` prints it as it is. */
export interface EdaFindings {
  readonly name: string;
  readonly remarks: readonly string[];
  readonly checksums: Readonly<Record<string, string>>;
  readonly classNames: readonly string[];
  readonly train: PartFindings;
  readonly test: PartFindings;
  readonly oneHot: LabelExample;
  readonly duplicates: {
    readonly train: DuplicateFindings;
    readonly test: DuplicateFindings;
    /** Test images that equal a training image. */
    readonly across: DuplicateFindings;
  };
}

export interface PartFindings {
  /** [n, height, width, channels] */
  readonly images: Shape;
  readonly labels: Shape;
  readonly type: string;
  /** Number of examples of each class. */
  readonly classCounts: readonly number[];
  readonly pixels: PixelStatistics;
  /** For red, green and blue; empty for grey images. */
  readonly channels: readonly PixelStatistics[];
}

/** The first training label, and its one-hot encoding. */
export interface LabelExample {
  readonly label: number;
  readonly encoded: readonly number[];
}

export interface DuplicateFindings {
  /** Number of images that equal an earlier one. */
  readonly count: number;
  /** How many of these have a different label than the earlier image. */
  readonly differentLabels: number;
  /** The first ten of them; those with different labels come first. */
  readonly examples: readonly Duplicate[];
}

const shownDuplicates = 10;

/** @param onProgress called with the name of each task; the function that it returns is called as the task proceeds */
export function explore(
  dataset: ImageDataset,
  onProgress: (what: string) => (done: number, total: number) => void,
): EdaFindings {
  const { name, remarks = [], checksums, classNames, train, test } = dataset;
  const duplicates = findDuplicates(dataset, onProgress('looking for duplicates'));
  const label = train.y.values[0]!;
  return {
    name,
    remarks,
    checksums,
    classNames,
    train: partFindings(train, classNames.length, onProgress('counting training pixels')),
    test: partFindings(test, classNames.length, onProgress('counting test pixels')),
    oneHot: { label, encoded: [...oneHot([label], classNames.length).values] },
    duplicates: {
      train: duplicateFindings(duplicates.train),
      test: duplicateFindings(duplicates.test),
      across: duplicateFindings(duplicates.across),
    },
  };
}

function partFindings(
  { x: images, y: labels }: LabelledImages,
  classes: number,
  onProgress: (done: number, total: number) => void,
): PartFindings {
  const { all, channels } = pixelStatistics(images, onProgress);
  return {
    images: images.shape,
    labels: labels.shape,
    type: images.dtype,
    classCounts: classCounts(labels.values, classes),
    pixels: all,
    channels: channels.length > 1 ? channels : [],
  };
}

function duplicateFindings(duplicates: readonly Duplicate[]): DuplicateFindings {
  const different = withDifferentLabel(duplicates);
  const same = duplicates.filter((duplicate) => !different.includes(duplicate));
  return {
    count: duplicates.length,
    differentLabels: different.length,
    examples: [...different, ...same].slice(0, shownDuplicates),
  };
}
