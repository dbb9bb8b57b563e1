import type { ArrayOf, Tensor } from '../../tensor/tensor.ts';

/** A decoded picture, upright: [height, width, 4], a byte each for red, green, blue and opacity. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** An image as numbers from 0 (black) to 255: [height, width, channels], row by row; 1 channel is grey, 3 are RGB. */
export interface Pixels<Values extends Uint8Array | Float32Array = Uint8Array | Float32Array> {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Values;
}

/** Image `index` of [n, height, width, channels]: a view, not a copy. */
export function pixelsAt<D extends 'uint8' | 'float32'>(
  images: Tensor<D>,
  index: number,
): Pixels<ArrayOf<D>> {
  const [, height, width, channels] = images.shape as [number, number, number, number];
  const length = height * width * channels;
  const data = images.values.subarray(index * length, (index + 1) * length) as ArrayOf<D>;
  return { width, height, channels, data };
}

/** Whether red, green and blue are the same in every pixel. */
export function isGrey({ data }: Picture): boolean {
  for (let at = 0; at < data.length; at += 4) {
    if (data[at] !== data[at + 1] || data[at] !== data[at + 2]) return false;
  }
  return true;
}

/**
 * The picture as it looks on white paper, without opacity. Grey is the luma of ITU-R BT.601:
 * 0.299·red + 0.587·green + 0.114·blue.
 */
export function pixelsOf({ width, height, data }: Picture, channels: 1 | 3): Pixels<Float32Array> {
  const values = new Float32Array(width * height * channels);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const opacity = data[pixel * 4 + 3]! / 255;
    const white = 255 * (1 - opacity);
    const red = white + opacity * data[pixel * 4]!;
    const green = white + opacity * data[pixel * 4 + 1]!;
    const blue = white + opacity * data[pixel * 4 + 2]!;
    if (channels === 3) values.set([red, green, blue], pixel * 3);
    // in this form, the result is exactly the grey value where all three are equal
    else values[pixel] = red + 0.587 * (green - red) + 0.114 * (blue - red);
  }
  return { width, height, channels, data: values };
}

/** Dark becomes light: 255 − x. */
export function inverted(image: Pixels<Float32Array>): Pixels<Float32Array> {
  return { ...image, data: image.data.map((value) => 255 - value) };
}

/** As a mirror shows it: left becomes right. */
export function mirrored({ width, height, channels, data }: Pixels<Uint8Array>): Pixels<Uint8Array> {
  const seen = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + width - 1 - x) * channels;
      seen.set(data.subarray(from, from + channels), (y * width + x) * channels);
    }
  }
  return { width, height, channels, data: seen };
}

/** Rounded to whole numbers. */
export function toBytes({ data, ...image }: Pixels): Pixels<Uint8Array> {
  return { ...image, data: Uint8Array.from(data, (value) => Math.round(value)) };
}
