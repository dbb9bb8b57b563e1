import type { Shape } from '../../tensor/shape.ts';
import { formatShape, ShapeError } from '../../tensor/shape.ts';
import { likeFashionMnist } from './like-fashion-mnist.ts';
import { inverted, type Picture, type Pixels, pixelsOf, toBytes } from './pixels.ts';
import type { Inversion, PreparedImage } from './prepared-image.ts';
import { fitImage, type ImageSize } from './scale-image.ts';

export interface PrepareOptions {
  /** Shape of one image of the network: [height, width, 1 or 3]. */
  readonly inputShape: Shape;
  readonly invert?: Inversion;
  /** Prepare the picture like those of a training folder: fitted into the size, with nothing else done. */
  readonly asInFolder?: boolean;
}

/**
 * Makes a picture into the input of a network: bytes [height, width, channels]. For a network that takes colours, or one
 * that was trained on a folder of pictures, it is fitted into the size; for other grey networks it is prepared like the
 * images of Fashion-MNIST.
 *
 * @throws ShapeError if the network does not take pictures
 */
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

/** The picture as it looks on white paper; the picture itself if no part of it is transparent. */
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

/** Prepares a picture as `readImageFolder` does. */
function fitted(picture: Picture, size: ImageSize, channels: 1 | 3, invert: boolean): PreparedImage {
  const pixels = pixelsOf(picture, channels);
  const image = toBytes(fitImage(invert ? inverted(pixels) : pixels, size));
  const done = [...(invert ? ['inverted'] : []), `fitted into ${size.width}×${size.height}`];
  return { image, steps: () => [{ name: 'network', image }], done, doubts: [] };
}

/** If the lightest and the darkest pixel are closer than this, of 255, there is hardly anything to see. */
const visibleRange = 26;

function blankness({ data }: Pixels<Uint8Array>): string[] {
  const range =
    data.reduce((most, value) => Math.max(most, value), 0) -
    data.reduce((least, value) => Math.min(least, value), 255);
  return range < visibleRange ? [`nearly blank: its pixels differ by at most ${range} of 255`] : [];
}
