import type { Pixels } from './pixels.ts';

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/**
 * The image stretched or shrunk to exactly `size`, separately down and across. Where it shrinks, a pixel is the mean of
 * the area that it covers, so that no pixel is skipped. Where it is stretched, values between the centres of two pixels
 * are interpolated linearly. At the same size, the values stay the same.
 *
 * @returns values on the scale of `image`, not rounded
 */
export function scaleImage(image: Pixels, size: ImageSize): Pixels<Float32Array> {
  const { channels } = image;
  const { width, height } = size;
  const columns = tapsOf(image.width, width);
  const rows = tapsOf(image.height, height);
  // [image.height, width, channels]
  const narrowed = new Float64Array(image.height * width * channels);
  for (let y = 0; y < image.height; y++) {
    for (const [x, taps] of columns.entries()) {
      for (const { from, weight } of taps) {
        for (let c = 0; c < channels; c++) {
          narrowed[(y * width + x) * channels + c]! +=
            weight * image.data[(y * image.width + from) * channels + c]!;
        }
      }
    }
  }
  const data = new Float32Array(height * width * channels);
  const rowLength = width * channels;
  for (const [y, taps] of rows.entries()) {
    for (let i = 0; i < rowLength; i++) {
      let sum = 0;
      for (const { from, weight } of taps) sum += weight * narrowed[from * rowLength + i]!;
      data[y * rowLength + i] = sum;
    }
  }
  return { width, height, channels, data };
}

/**
 * The image in the middle of `size`, as large as it fits with its proportions kept. The rest, above and below it or on
 * both sides, gets the colour of the scaled image's edge, the median of its pixels: white around a product on white.
 */
export function fitImage(image: Pixels, size: ImageSize): Pixels<Float32Array> {
  const scale = Math.min(size.width / image.width, size.height / image.height);
  const scaled = scaleImage(image, {
    width: Math.max(1, Math.round(image.width * scale)),
    height: Math.max(1, Math.round(image.height * scale)),
  });
  if (scaled.width === size.width && scaled.height === size.height) return scaled;
  const { channels } = image;
  const colour = edgeColour(scaled);
  const data = Float32Array.from(
    { length: size.height * size.width * channels },
    (_, i) => colour[i % channels]!,
  );
  const left = Math.floor((size.width - scaled.width) / 2);
  const top = Math.floor((size.height - scaled.height) / 2);
  const rowLength = scaled.width * channels;
  for (let y = 0; y < scaled.height; y++) {
    const row = scaled.data.subarray(y * rowLength, (y + 1) * rowLength);
    data.set(row, ((top + y) * size.width + left) * channels);
  }
  return { ...size, channels, data };
}

/** For each channel, the median over the first and last row and column, with each pixel counted once. */
function edgeColour({ width, height, channels, data }: Pixels): number[] {
  return Array.from({ length: channels }, (_, c) => {
    const edge: number[] = [];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (y > 0 && y < height - 1 && x > 0 && x < width - 1) continue;
        edge.push(data[(y * width + x) * channels + c]!);
      }
    }
    edge.sort((a, b) => a - b);
    const middle = (edge.length - 1) / 2;
    return (edge[Math.floor(middle)]! + edge[Math.ceil(middle)]!) / 2;
  });
}

/** A pixel that contributes to a new pixel, and its weight. */
interface Tap {
  readonly from: number;
  readonly weight: number;
}

/** For each of `to` new pixels in a line, the taps among `count` pixels that it is made of. Their weights add up to 1. */
function tapsOf(count: number, to: number): Tap[][] {
  return Array.from({ length: to }, (_, j) => (to < count ? coveredBy(j, count, to) : between(j, count, to)));
}

/** In units of 1/to of a pixel, pixel i covers [i·to, (i + 1)·to), and the new pixel j covers [j·count, (j + 1)·count). */
function coveredBy(j: number, count: number, to: number): Tap[] {
  const [start, end] = [j * count, (j + 1) * count];
  const taps: Tap[] = [];
  for (let from = Math.floor(start / to); from * to < end; from++) {
    const overlap = Math.min((from + 1) * to, end) - Math.max(from * to, start);
    taps.push({ from, weight: overlap / count });
  }
  return taps;
}

/** The centre of the new pixel j lies at (j + ½)·count/to − ½, between the centres of two pixels, or beyond the last. */
function between(j: number, count: number, to: number): Tap[] {
  const position = Math.min(Math.max(((j + 0.5) * count) / to - 0.5, 0), count - 1);
  const from = Math.floor(position);
  const weight = position - from;
  return weight === 0
    ? [{ from, weight: 1 }]
    : [
        { from, weight: 1 - weight },
        { from: from + 1, weight },
      ];
}
