/** Separates a thing from its background: the photo as it would be on white paper, or on black, and where the thing is. */
import { findBackground } from './background.ts';
import { type Box, findObject } from './find-object.ts';
import { noiseLevel } from './noise-level.ts';
import { type Picture, type Pixels, pixelsOf } from './pixels.ts';
import { smoothImage } from './smooth-image.ts';

export interface SeparatedObject {
  /** [height, width, 1], as the picture is. */
  readonly grey: Pixels<Float32Array>;
  /** [height, width, 1]: what the picture would be without the thing. */
  readonly background: Pixels<Float32Array>;
  /** [height, width, 1]: the picture with its background made white or, if the thing is lighter, black. */
  readonly even: Pixels<Float32Array>;
  /** Where the thing is; null if there is nothing but background. */
  readonly box: Box | null;
  /** Whether most of the thing is lighter than the background. */
  readonly isLighter: boolean;
  /** Mean of the background, from 0 to 255. */
  readonly brightness: number;
  /** The darkest part of the background divided by its lightest, from 0 to 1. */
  readonly evenness: number;
  /** See `Background`. */
  readonly hiddenBorder: number;
}

/** Colours nearer than this count as equal: 5 % of the distance between black and white. */
const closeness = 0.05 * 255;
/** Noise exceeds this many standard deviations in 1 of 16,000 pixels. */
const noiseFactor = 4;
/** Smoothing over more pixels than this, to each side, loses straps and heels. */
const largestRadius = 3;

export function separateObject(picture: Picture): SeparatedObject {
  const grey = pixelsOf(picture, 1);
  const noise = noiseLevel(grey);
  // the least radius that brings the noise below the closeness of colours
  const needed = Math.ceil(((noiseFactor * noise) / closeness - 1) / 2);
  const radius = Math.min(Math.max(needed, 0), largestRadius);
  const tolerance = Math.max(closeness, (noiseFactor * noise) / (2 * radius + 1));
  const found = findBackground(smoothImage(pixelsOf(picture, 3), radius), tolerance);
  const object = findObject(found.distances, picture, tolerance);
  const background = luma(found.image);
  const isLighter = object !== null && differenceIn(object.mask, grey, background) > 0;
  const even = isLighter ? onBlack(grey, background) : onWhite(grey, background);
  const [darkest, brightness, lightest] = spread(background.data);
  return {
    grey,
    background,
    even,
    box: object?.box ?? null,
    isLighter,
    brightness,
    evenness: lightest === 0 ? 1 : darkest / lightest,
    hiddenBorder: found.hiddenBorder,
  };
}

/** Dark on light paper: the share of the light that the paper reflects which the thing reflects; 255 is all of it. */
function onWhite(grey: Pixels<Float32Array>, { data }: Pixels): Pixels<Float32Array> {
  return { ...grey, data: grey.data.map((value, i) => (data[i]! > 0 ? (255 * value) / data[i]! : 255)) };
}

/** Light on something darker: how far the thing is on the way from the background to white; 255 is all of it. */
function onBlack(grey: Pixels<Float32Array>, { data }: Pixels): Pixels<Float32Array> {
  return {
    ...grey,
    data: grey.data.map((value, i) => (data[i]! < 255 ? (255 * (value - data[i]!)) / (255 - data[i]!) : 0)),
  };
}

/** The sum of image − background over a mask. */
function differenceIn(mask: Uint8Array, { data }: Pixels, background: Pixels): number {
  let sum = 0;
  for (const [i, isThing] of mask.entries()) if (isThing === 1) sum += data[i]! - background.data[i]!;
  return sum;
}

/** Grey of an image of red, green and blue; see `pixelsOf`. */
function luma({ width, height, data }: Pixels): Pixels<Float32Array> {
  const values = new Float32Array(width * height);
  for (let i = 0; i < values.length; i++) {
    const red = data[i * 3]!;
    values[i] = red + 0.587 * (data[i * 3 + 1]! - red) + 0.114 * (data[i * 3 + 2]! - red);
  }
  return { width, height, channels: 1, data: values };
}

function spread(values: Float32Array): [least: number, mean: number, most: number] {
  let [least, sum, most] = [255, 0, 0];
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
    sum += value;
  }
  return [least, sum / values.length, most];
}
