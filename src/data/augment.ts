import { RandomStream } from '../tensor/random.ts';
import { showValue } from '../show-value.ts';
import type { Shape } from '../tensor/shape.ts';
import { type Fill, fills, type Transform, transformSize } from '../tensor/warp.ts';

/** Random changes of the training images. Each is off if left out. Evaluation never changes an image. */
export interface AugmentOptions {
  /** Mirrors half of the images, left becomes right, and in the next epoch the other half. */
  readonly flip?: boolean;
  /** Moves images down and across, each by a whole number of pixels from −shift to shift. Less than the image's size. */
  readonly shift?: number;
  /** Turns images about their centre by up to this many degrees in either direction, at most 180. */
  readonly rotate?: number;
  /** What `shift` and `rotate` bring in from outside: `zeros` (black), or the image `reflect`ed at its border. Zeros by default. */
  readonly fill?: Fill;
  /** Probability with which a rectangle of an image is set to 0 (black). It does not go with `cutout`. */
  readonly erase?: number;
  /** Side in pixels of a square that is set to 0 (black) in each image, at most the image's smaller side. */
  readonly cutout?: number;
}

/** Area of the erased rectangle as a share of the image, and its largest height over width: Zhong et al. (2017). */
const erasedArea = { from: 0.02, to: 0.4 };
const largestAspectRatio = 1 / 0.3;

/** The random numbers that one example needs in one epoch, named by what they decide. */
const draws = ['shiftY', 'shiftX', 'rotate', 'erase', 'area', 'ratio', 'top', 'left'] as const;

type Uniform = (draw: (typeof draws)[number]) => number;

/** Draws how each training image is changed, anew in each epoch. */
export class Augmentation {
  readonly #options: Required<AugmentOptions>;
  readonly #height: number;
  readonly #width: number;
  readonly #seed: number;

  /**
   * @param exampleShape [height, width, channels]
   * @throws RangeError for an option out of its range
   */
  constructor(options: AugmentOptions, exampleShape: Shape, seed: number) {
    const { flip = false, shift = 0, rotate = 0, fill = 'zeros', erase = 0, cutout = 0 } = options;
    const [height, width] = exampleShape as [number, number];
    const smaller = Math.min(height, width);
    if (!(Number.isSafeInteger(shift) && shift >= 0 && shift < smaller)) {
      throw new RangeError(
        `augment: shift must be a whole number from 0 to ${smaller - 1} for images of ${height}×${width}, got ${shift}`,
      );
    }
    if (!(rotate >= 0 && rotate <= 180)) {
      throw new RangeError(`augment: rotate must be from 0 to 180 degrees, got ${rotate}`);
    }
    if (!(erase >= 0 && erase <= 1)) {
      throw new RangeError(`augment: erase must be a probability from 0 to 1, got ${erase}`);
    }
    if (!fills.includes(fill)) {
      throw new RangeError(`augment: fill must be ${fills.join(' or ')}, got ${showValue(fill)}`);
    }
    if (!(Number.isSafeInteger(cutout) && cutout >= 0 && cutout <= smaller)) {
      throw new RangeError(
        `augment: cutout must be a whole number from 0 to ${smaller} for images of ${height}×${width}, got ${cutout}`,
      );
    }
    if (erase > 0 && cutout > 0) {
      throw new RangeError('augment: erase and cutout both make a part of an image black: give one of them');
    }
    this.#options = { flip, shift, rotate, fill, erase, cutout };
    this.#height = height;
    this.#width = width;
    this.#seed = seed;
  }

  /** Whether any of the changes is on. */
  get active(): boolean {
    const { flip, shift, rotate, erase, cutout } = this.#options;
    return flip || shift > 0 || rotate > 0 || erase > 0 || cutout > 0;
  }

  /** What is outside of an image. */
  get fill(): Fill {
    return this.#options.fill;
  }

  /**
   * Transforms [n, 10] for these examples of the data set, as `Ops.warpImages` takes them. How an example is changed
   * depends only on the seed, the epoch and its position in the data set, not on its batch.
   *
   * @param examples positions in the data set
   * @param epoch from 1
   */
  transforms(examples: ArrayLike<number>, epoch: number): Float32Array {
    const random = new RandomStream(this.#seed, 'augment', epoch);
    const sides = new RandomStream(this.#seed, 'flip');
    const transforms = new Float32Array(examples.length * transformSize);
    for (let i = 0; i < examples.length; i++) {
      const uniform: Uniform = (draw) => random.uniform(examples[i]! * draws.length + draws.indexOf(draw));
      const isMirrored = this.#options.flip && sides.uniform(examples[i]!) < 0.5 === (epoch % 2 === 1);
      transforms.set(this.#draw(isMirrored, uniform), i * transformSize);
    }
    return transforms;
  }

  /**
   * Whether an image is mirrored alternates from epoch to epoch, so that two epochs in a row show each image from both
   * sides; by chance alone, half of the images would look as they did before (Jordan, "94% on CIFAR-10 in 3.29 seconds on a
   * single GPU", 2024, section 3.6).
   *
   * The image is mirrored, turned about its centre by an angle α, then moved by (dx, dy). The transform goes from a pixel
   * of the result back to the image. With coordinates about the centre: subtract (dx, dy), turn by −α, mirror.
   */
  #draw(isMirrored: boolean, uniform: Uniform): Transform {
    const { shift, rotate } = this.#options;
    const [centreX, centreY] = [(this.#width - 1) / 2, (this.#height - 1) / 2];
    const side = isMirrored ? -1 : 1;
    const dy = shift > 0 ? wholeNumber(uniform('shiftY'), -shift, shift) : 0;
    const dx = shift > 0 ? wholeNumber(uniform('shiftX'), -shift, shift) : 0;
    const angle = rotate > 0 ? ((2 * uniform('rotate') - 1) * rotate * Math.PI) / 180 : 0;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const [x, y] = [-dx - centreX, -dy - centreY];
    return [
      side * cos,
      -side * sin,
      side * (cos * x - sin * y) + centreX,
      sin,
      cos,
      sin * x + cos * y + centreY,
      ...(this.#options.cutout > 0 ? this.#drawSquare(uniform) : this.#drawRectangle(uniform)),
    ];
  }

  /**
   * The square to cut out, [top, left, bottom, right]. Its centre is any pixel of the image, so that a part of the square may
   * lie outside: images that keep most of what they show are what the authors found to matter (DeVries and Taylor, "Improved
   * regularization of convolutional neural networks with cutout", 2017).
   */
  #drawSquare(uniform: Uniform): [number, number, number, number] {
    const { cutout } = this.#options;
    const half = Math.floor(cutout / 2);
    const top = wholeNumber(uniform('top'), 0, this.#height - 1) - half;
    const left = wholeNumber(uniform('left'), 0, this.#width - 1) - half;
    return [top, left, top + cutout, left + cutout];
  }

  /**
   * The rectangle to erase, [top, left, bottom, right]; an empty one if nothing is erased. Zhong et al., "Random
   * erasing data augmentation" (2017): an area and an aspect ratio are drawn, then a place. The paper draws again until
   * the rectangle fits; here its sides are limited to those of the image, at the same area. The logarithm of the ratio
   * is uniform, so that tall and wide rectangles are equally likely.
   */
  #drawRectangle(uniform: Uniform): [number, number, number, number] {
    const { erase } = this.#options;
    if (erase === 0 || uniform('erase') >= erase) return [0, 0, 0, 0];
    const { from, to } = erasedArea;
    const [imageHeight, imageWidth] = [this.#height, this.#width];
    const area = (from + (to - from) * uniform('area')) * imageHeight * imageWidth;
    const ratio = largestAspectRatio ** (2 * uniform('ratio') - 1);
    const exactHeight = Math.min(Math.max(Math.sqrt(area * ratio), area / imageWidth), imageHeight);
    const height = Math.max(1, Math.round(exactHeight));
    const width = Math.max(1, Math.round(area / exactHeight));
    const top = wholeNumber(uniform('top'), 0, imageHeight - height);
    const left = wholeNumber(uniform('left'), 0, imageWidth - width);
    return [top, left, top + height, left + width];
  }
}

/** Maps a random number in [0, 1) to a whole number from `from` to `to`, both included. */
function wholeNumber(uniform: number, from: number, to: number): number {
  return from + Math.floor(uniform * (to - from + 1));
}
