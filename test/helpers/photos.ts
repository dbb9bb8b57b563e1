/** Photos of garments, as a phone would take them, made from images of Fashion-MNIST. */
import { pixelsAt, type Picture } from '../../src/data/pictures/pixels.ts';
import { scaleImage } from '../../src/data/pictures/scale-image.ts';
import { RandomStream } from '../../src/tensor/random.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';

export interface PhotoOptions {
  /** How much light the paper reflects, from 0 to 1. White paper is 1. */
  readonly paper: number;
  /** How much light the garment reflects where the image is 255; where it is 0, there is paper. */
  readonly garment: number;
  /** The light at a place, from 0 to 1: x and y go from −1 at the left and the top to 1. */
  readonly light: (x: number, y: number) => number;
  /** Standard deviation of the sensor's noise, of 255 brightness levels. */
  readonly noise: number;
  /** Show the garment as a mirror does: a shoe then faces right. */
  readonly mirrored: boolean;
}

const plain: PhotoOptions = { paper: 1, garment: 0, light: () => 1, noise: 0, mirrored: false };

export type PhotoKind =
  'white' | 'grey' | 'vignette' | 'gradient' | 'lamp' | 'noise' | 'lighter' | 'mirrored';

/** The kinds of photos, each with one thing that differs from a dark garment on white paper. */
export const photoKinds: Readonly<Record<PhotoKind, PhotoOptions>> = {
  white: plain,
  grey: { ...plain, paper: 0.88 },
  /** Light that falls off with the square of the distance from the centre, to 76 % in the corners. */
  vignette: { ...plain, light: (x: number, y: number) => 1 - 0.12 * (x * x + y * y) },
  /** A window at the left: light that falls off evenly, to 65 % at the right. */
  gradient: { ...plain, light: (x: number) => 0.825 - 0.175 * x },
  /** A lamp at the upper left: light that falls off to 45 % in the opposite corner. */
  lamp: {
    ...plain,
    light: (x: number, y: number) => 1 / (1 + 0.075 * ((x + 1) ** 2 + (y + 1) ** 2) + 0.15 * (x + 1)),
  },
  /** The noise of a phone in a dim room, the same in red, green and blue. */
  noise: { ...plain, paper: 0.95, noise: 12 },
  /** A light garment on dark grey paper: the image's own brightness above that of the paper. */
  lighter: { ...plain, paper: 0.45, garment: 1 },
  mirrored: { ...plain, mirrored: true },
};

/** The side of a photo in pixels, and that of the garment's square in its middle. */
const [side, square] = [200, 150];
const margin = (side - square) / 2;

/** A photo [200, 200] of image `index` of [n, 28, 28, 1], which is light on black. The same call gives the same photo. */
export function photoOf(images: Tensor<'uint8'>, index: number, kind: PhotoKind): Picture {
  const { paper, garment, light, noise, mirrored } = photoKinds[kind];
  const image = scaleImage(pixelsAt(images, index), { width: square, height: square });
  const random = new RandomStream(index, `noise of ${kind}`);
  const data = new Uint8Array(side * side * 4).fill(255);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [row, column] = [y - margin, (mirrored ? side - 1 - x : x) - margin];
      const isInside = row >= 0 && row < square && column >= 0 && column < square;
      const share = isInside ? image.data[row * square + column]! / 255 : 0;
      const reflected = paper + share * (garment - paper);
      const lit = reflected * light((2 * x) / (side - 1) - 1, (2 * y) / (side - 1) - 1);
      const at = y * side + x;
      const disturbance = noise === 0 ? 0 : noise * random.normal(at);
      data.fill(Math.round(Math.min(Math.max(255 * lit + disturbance, 0), 255)), at * 4, at * 4 + 3);
    }
  }
  return { width: side, height: side, data };
}
