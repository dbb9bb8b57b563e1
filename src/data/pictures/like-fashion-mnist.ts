/**
 * Prepares a picture for a grey network by the steps with which Fashion-MNIST was made (Xiao, Rasul, Vollgraf,
 * "Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms", 2017, section 2): from a photo on
 * white to a small image on black.
 */
import { inverted, isGrey, type Picture, type Pixels, pixelsOf, toBytes } from './pixels.ts';
import type { Inversion, PreparedImage } from './prepared-image.ts';
import { type ImageSize, scaleImage } from './scale-image.ts';
import { sharpenImage } from './sharpen-image.ts';
import { type Box, trimBox } from './trim-box.ts';

/** A picture that is already grey, of the right size and on black is taken as it is. */
export function likeFashionMnist(picture: Picture, size: ImageSize, invert: Inversion): PreparedImage {
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
      : ['its corners differ in colour: the network has learned from things on a plain background'],
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

/** The largest difference of the four corners in each colour, of 255, on a plain background. */
const plainWithin = 64;

function isPlain({ width, height, data }: Picture): boolean {
  const corners = [0, width - 1, (height - 1) * width, height * width - 1];
  return [0, 1, 2].every((c) => {
    const values = corners.map((pixel) => data[pixel * 4 + c]!);
    return Math.max(...values) - Math.min(...values) <= plainWithin;
  });
}
