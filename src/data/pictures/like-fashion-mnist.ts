/**
 * Prepares a picture for a grey network by the steps with which Fashion-MNIST was made (Xiao, Rasul, Vollgraf,
 * "Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms", 2017, section 2): from a photo on
 * white to a small image on black. A photo on something else is made into one on white, or on black, first.
 */
import type { Box } from './find-object.ts';
import { photoDoubts } from './photo-doubts.ts';
import { inverted, isGrey, type Picture, type Pixels, pixelsOf, toBytes } from './pixels.ts';
import type { Inversion, PreparedImage } from './prepared-image.ts';
import { type ImageSize, scaleImage } from './scale-image.ts';
import { separateObject } from './separate-object.ts';
import { sharpenImage } from './sharpen-image.ts';

/** A picture is reduced to this many pixels on its longer side, or to four times the network's image if that is larger. */
const workingSide = 480;

/** A picture that is already grey, of the right size and on black is taken as it is. */
export function likeFashionMnist(picture: Picture, size: ImageSize, invert: Inversion): PreparedImage {
  const isReady = picture.width === size.width && picture.height === size.height && isGrey(picture);
  if (isReady && invert !== 'yes' && borderBrightness(pixelsOf(picture, 1)) < 0.5) {
    const image = toBytes(pixelsOf(picture, 1));
    return { image, steps: () => [{ name: 'network', image }], done: ['taken as it is'], doubts: [] };
  }

  const reduced = reduce(picture, Math.max(workingSide, 4 * size.width, 4 * size.height));
  const separated = separateObject(reduced);
  const { grey, background, even, box, isLighter } = separated;
  const trimmed = box === null ? even : crop(even, box);
  const inverts = invert === 'auto' ? !isLighter : invert === 'yes';
  const onBlack = inverts ? inverted(trimmed) : trimmed;
  const scale = Math.min(size.width / onBlack.width, size.height / onBlack.height);
  const scaled = scaleImage(onBlack, {
    width: Math.max(1, Math.round(onBlack.width * scale)),
    height: Math.max(1, Math.round(onBlack.height * scale)),
  });
  const image = toBytes(centred(sharpenImage(limited(scaled)), size));
  const isTrimmed = trimmed.width < grey.width || trimmed.height < grey.height;
  return {
    image,
    steps: () => [
      { name: 'grey', image: grey },
      { name: 'background', image: background },
      { name: 'evened', image: limited(even) },
      { name: 'trimmed', image: limited(trimmed) },
      { name: inverts ? 'inverted' : 'not inverted', image: limited(onBlack) },
      { name: 'network', image },
    ],
    done: [
      ...(reduced === picture ? [] : [`reduced to ${reduced.width}×${reduced.height}`]),
      `${isLighter ? 'lighter' : 'darker'} than its background (${Math.round(separated.brightness / 2.55)} % of white): ` +
        `${inverts ? 'inverted' : 'not inverted'}${invert === 'auto' ? '' : ', as asked for'}`,
      ...(isTrimmed ? [`trimmed to ${trimmed.width}×${trimmed.height}`] : []),
      `scaled to ${scaled.width}×${scaled.height}`,
    ],
    doubts: photoDoubts(separated, { image, scale }),
  };
}

/** The picture with its longer side at most `side` pixels long, itself if it is. */
function reduce(picture: Picture, side: number): Picture {
  const scale = side / Math.max(picture.width, picture.height);
  if (scale >= 1) return picture;
  const { width, height, data } = toBytes(
    scaleImage(
      { ...picture, channels: 4 },
      {
        width: Math.max(1, Math.round(picture.width * scale)),
        height: Math.max(1, Math.round(picture.height * scale)),
      },
    ),
  );
  return { width, height, data };
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

/** Values below 0 become 0, those above 255 become 255. */
function limited(image: Pixels<Float32Array>): Pixels<Float32Array> {
  return { ...image, data: image.data.map((value) => Math.min(Math.max(value, 0), 255)) };
}
