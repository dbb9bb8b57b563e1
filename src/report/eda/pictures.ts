import type { ImageDataset } from '../../data/dataset.ts';
import type { LabelledImages } from '../../data/examples.ts';
import { type Pixels, pixelsAt } from '../../data/pictures/pixels.ts';
import { scaleImage } from '../../data/pictures/scale-image.ts';
import { meanImages } from '../../data/statistics.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { contactSheet } from '../pictures/contact-sheet.ts';

/** A picture with a caption, and a description for readers who do not see it. */
export interface CaptionedPicture {
  readonly png: Uint8Array;
  readonly caption: string;
  readonly description: string;
}

export interface EdaPictures {
  /** The first ten training images. */
  readonly first: readonly CaptionedPicture[];
  /** For each class, its first ten training images in a row. */
  readonly classes: readonly CaptionedPicture[];
  /** For each class, the mean of its training images. */
  readonly means: readonly CaptionedPicture[];
  /** The same as three contact sheets, by file name. */
  readonly files: Readonly<Record<string, Uint8Array>>;
}

const shown = 10;
/** Larger images are scaled down to this, in pixels. */
const largestSide = 64;
/** On contact sheets, smaller images are enlarged to about this, in pixels. */
const sheetSide = 84;
/** Grey, as the lines between the images of a contact sheet. */
const blankByte = 128;

/** Draws the pictures of a data set. If a class has fewer than ten training images, its row is filled up with grey. */
export function edaPictures(
  { train, classNames }: ImageDataset,
  onProgress: (done: number, total: number) => void,
): EdaPictures {
  const image = (position: number): Pixels => thumbnail(pixelsAt(train.x, position));
  const nameOf = (position: number): string => classNames[train.y.values[position]!]!;
  const blank = { ...image(0), data: image(0).data.map(() => blankByte) };
  const first = Array.from({ length: Math.min(shown, train.y.size) }, (_, position) => position);
  const rows = firstOfClasses(train, classNames.length).map((positions) => positions.map(image));
  const filledUp = rows.map((row) => [...row, ...Array.from({ length: shown - row.length }, () => blank)]);
  const averages = meanImages(train, classNames.length, onProgress);
  const means = classNames.map((_, label) => thumbnail(pixelsAt(averages, label)));
  return {
    first: first.map((position) => ({
      png: picture([image(position)]),
      caption: nameOf(position),
      description: `Training image ${position + 1}: ${nameOf(position)}`,
    })),
    classes: classNames.map((name, label) => ({
      png: row(filledUp[label]!),
      caption: name,
      description: `The first ${rows[label]!.length} training images of the class ${name}`,
    })),
    means: classNames.map((name, label) => ({
      png: picture([means[label]!]),
      caption: name,
      description: `The mean of all training images of the class ${name}`,
    })),
    files: {
      'first-images.png': sheet(first.map(image), 5),
      'class-images.png': sheet(filledUp.flat(), shown),
      'class-means.png': sheet(means, Math.min(5, means.length)),
    },
  };
}

/** The first ten positions of each class. */
function firstOfClasses({ y: labels }: LabelledImages, classes: number): number[][] {
  const positions: number[][] = Array.from({ length: classes }, () => []);
  for (const [position, label] of labels.values.entries()) {
    if (positions[label]!.length < shown) positions[label]!.push(position);
  }
  return positions;
}

/** Scales an image down to at most `side` pixels in both directions. Its proportions stay the same. */
export function thumbnail(image: Pixels, side: number = largestSide): Pixels {
  const scale = side / Math.max(image.width, image.height);
  if (scale >= 1) return image;
  const shrunk = (length: number): number => Math.max(1, Math.round(length * scale));
  return scaleImage(image, { width: shrunk(image.width), height: shrunk(image.height) });
}

function sheet(images: readonly Pixels[], columns: number): Uint8Array {
  const { width, height } = images[0]!;
  const scale = Math.max(1, Math.round(sheetSide / Math.max(width, height)));
  return contactSheet(stack(images), { columns, scale });
}

/** Images on top of each other, at their own size: the page enlarges them. */
function picture(images: readonly Pixels[]): Uint8Array {
  return contactSheet(stack(images), { columns: 1, scale: 1, gap: 0 });
}

function row(images: readonly Pixels[]): Uint8Array {
  return contactSheet(stack(images), { columns: images.length, scale: 1, gap: 1 });
}

/** Images of the same size as one tensor [n, height, width, channels] of numbers from 0 to 1. */
function stack(images: readonly Pixels[]): Tensor<'float32'> {
  const { height, width, channels } = images[0]!;
  const values = new Float32Array(images.length * height * width * channels);
  for (const [index, { data }] of images.entries()) values.set(data, index * data.length);
  const scaled = values.map((value) => value / 255);
  return Tensor.from('float32', [images.length, height, width, channels], scaled, 'images');
}
