/**
 * From any picture to what a network takes: bytes [height, width, channels].
 *
 * For grey networks a picture goes the way on which Fashion-MNIST was made (Xiao, Rasul, Vollgraf, "Fashion-MNIST: a
 * novel image dataset for benchmarking machine learning algorithms", 2017, section 2): from a photo on white to a small
 * image on black.
 */
import type { Shape } from '../../tensor/shape.ts';
import { formatShape, ShapeError } from '../../tensor/shape.ts';
import type { Picture } from './image-file.ts';
import { isGrey, type Pixels, pixelsOf } from './pixels.ts';
import { fitImage, type ImageSize, scaleImage } from './scale-image.ts';
import { sharpenImage } from './sharpen-image.ts';
import { type Box, trimBox } from './trim-box.ts';

/** Whether dark becomes light; `auto`: where the border is light, since that of the data is black. */
export const inversions = ['auto', 'yes', 'no'] as const;
export type Inversion = (typeof inversions)[number];

export interface PrepareOptions {
  /** Shape of one image of the network: [height, width, 1 or 3]. */
  readonly inputShape: Shape;
  readonly invert?: Inversion;
  /** Read as a folder of pictures is for training: fitted into the size, with nothing else done. */
  readonly asInFolder?: boolean;
}

/** A picture on its way, and what has been done to it. */
export interface PreparationStep {
  readonly name: string;
  readonly image: Pixels;
}

export interface PreparedImage {
  /** What the network sees. */
  readonly image: Pixels<Uint8Array>;
  /** From the picture as it is to what the network sees; made when asked for, since it takes some memory. */
  readonly steps: () => readonly PreparationStep[];
  /** What was done, in a few words each. */
  readonly done: readonly string[];
  /** What makes a good prediction unlikely. */
  readonly doubts: readonly string[];
}

/** @throws ShapeError if the network takes no pictures */
export function prepareImage(picture: Picture, options: PrepareOptions): PreparedImage {
  const { inputShape, invert = 'auto', asInFolder = false } = options;
  const [height, width, channels] = inputShape as [number, number, number];
  if (inputShape.length !== 3 || (channels !== 1 && channels !== 3)) {
    throw new ShapeError(
      `prepareImage: the network takes ${formatShape(inputShape)}; pictures are [height, width, 1 or 3]`,
    );
  }
  const flat = onWhite(picture);
  const laidOnWhite = flat === picture ? [] : ['transparent parts made white'];
  const prepared =
    channels === 3 || asInFolder
      ? fitted(flat, { width, height }, channels, invert === 'yes')
      : likeFashionMnist(flat, { width, height }, invert);
  const { image, steps, done } = prepared;
  return {
    image,
    steps: () => [{ name: 'picture', image: pixelsOf(flat, 3) }, ...steps()],
    done: [...laidOnWhite, ...done],
    doubts: [...prepared.doubts, ...blankness(image)],
  };
}

/** The picture as it looks on white paper; the picture itself if nothing of it is transparent. */
function onWhite(picture: Picture): Picture {
  const { width, height } = picture;
  if (isOpaque(picture)) return picture;
  const data = picture.data.slice();
  for (let at = 0; at < data.length; at += 4) {
    const opacity = data[at + 3]! / 255;
    for (let c = at; c < at + 3; c++) data[c] = Math.round(255 + opacity * (data[c]! - 255));
    data[at + 3] = 255;
  }
  return { width, height, data };
}

function isOpaque({ data }: Picture): boolean {
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 255) return false;
  return true;
}

/** As a folder of pictures is read. */
function fitted(picture: Picture, size: ImageSize, channels: 1 | 3, invert: boolean): PreparedImage {
  const pixels = pixelsOf(picture, channels);
  const image = toBytes(fitImage(invert ? inverted(pixels) : pixels, size));
  const done = [...(invert ? ['inverted'] : []), `fitted into ${size.width}×${size.height}`];
  return { image, steps: () => [{ name: 'network', image }], done, doubts: [] };
}

function likeFashionMnist(picture: Picture, size: ImageSize, invert: Inversion): PreparedImage {
  const grey = pixelsOf(picture, 1);
  const brightness = borderBrightness(grey);
  const isLight = brightness >= 0.5;
  const isReady = picture.width === size.width && picture.height === size.height && isGrey(picture);
  if (isReady && !isLight && invert !== 'yes') {
    const image = toBytes(grey);
    return { image, steps: () => [{ name: 'network', image }], done: ['taken as it is'], doubts: [] };
  }

  const inverts = invert === 'auto' ? isLight : invert === 'yes';
  const box = trimBox(picture);
  const trimmed = box === null ? grey : crop(grey, box);
  const onBlack = inverts ? inverted(trimmed) : trimmed;
  const scale = Math.min(size.width / onBlack.width, size.height / onBlack.height);
  const scaled = scaleImage(onBlack, {
    width: Math.max(1, Math.round(onBlack.width * scale)),
    height: Math.max(1, Math.round(onBlack.height * scale)),
  });
  const image = toBytes(centred(sharpenImage(scaled), size));

  const border = `${isLight ? 'light' : 'dark'} border (${Math.round(100 * brightness)} % of white)`;
  const isTrimmed = trimmed.width < grey.width || trimmed.height < grey.height;
  return {
    image,
    steps: () => [
      { name: 'grey', image: grey },
      { name: 'trimmed', image: trimmed },
      { name: inverts ? 'inverted' : 'not inverted', image: onBlack },
      { name: 'network', image },
    ],
    done: [
      `${border}: ${inverts ? 'inverted' : 'not inverted'}${invert === 'auto' ? '' : ', as asked for'}`,
      ...(isTrimmed ? [`trimmed to ${trimmed.width}×${trimmed.height}`] : []),
      `scaled to ${scaled.width}×${scaled.height}`,
    ],
    doubts: isPlain(picture)
      ? []
      : ['its corners differ in colour: the network knows things on a plain background'],
  };
}

/** Mean of the outermost pixels of a grey image, from 0 (black) to 1. */
function borderBrightness({ width, height, data }: Pixels): number {
  let sum = 0;
  let count = 0;
  for (let y = 0; y < height; y++) {
    const step = y === 0 || y === height - 1 ? 1 : Math.max(1, width - 1); // a row, or its two ends
    for (let x = 0; x < width; x += step) {
      sum += data[y * width + x]!;
      count += 1;
    }
  }
  return sum / count / 255;
}

function crop({ width, channels, data }: Pixels, { top, bottom, left, right }: Box): Pixels<Float32Array> {
  const rowLength = (right - left) * channels;
  const part = new Float32Array((bottom - top) * rowLength);
  for (let y = top; y < bottom; y++) {
    const from = (y * width + left) * channels;
    part.set(data.subarray(from, from + rowLength), (y - top) * rowLength);
  }
  return { width: right - left, height: bottom - top, channels, data: part };
}

function inverted(image: Pixels<Float32Array>): Pixels<Float32Array> {
  return { ...image, data: image.data.map((value) => 255 - value) };
}

/** The grey image in the middle of a black one. */
function centred(image: Pixels, size: ImageSize): Pixels<Float32Array> {
  const data = new Float32Array(size.width * size.height);
  const left = Math.floor((size.width - image.width) / 2);
  const top = Math.floor((size.height - image.height) / 2);
  for (let y = 0; y < image.height; y++) {
    const row = image.data.subarray(y * image.width, (y + 1) * image.width);
    data.set(row, (top + y) * size.width + left);
  }
  return { ...size, channels: 1, data };
}

function toBytes({ data, ...image }: Pixels): Pixels<Uint8Array> {
  return { ...image, data: Uint8Array.from(data, (value) => Math.round(value)) };
}

/** How far the four corners may be apart in each colour. */
const plainWithin = 64;

function isPlain({ width, height, data }: Picture): boolean {
  const corners = [0, width - 1, (height - 1) * width, height * width - 1];
  return [0, 1, 2].every((c) => {
    const values = corners.map((pixel) => data[pixel * 4 + c]!);
    return Math.max(...values) - Math.min(...values) <= plainWithin;
  });
}

/** Below this distance of the lightest from the darkest pixel, of 255, there is hardly anything to see. */
const visibleRange = 26;

function blankness({ data }: Pixels<Uint8Array>): string[] {
  const range =
    data.reduce((most, value) => Math.max(most, value), 0) -
    data.reduce((least, value) => Math.min(least, value), 255);
  return range < visibleRange ? [`nearly blank: its pixels differ by at most ${range} of 255`] : [];
}
