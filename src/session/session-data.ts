import { maxClasses, type PartName, partNames } from '../data/dataset.ts';
import type { LabelledImages } from '../data/examples.ts';
import { type Shape, ShapeError, sizeOf } from '../tensor/shape.ts';
import { Tensor } from '../tensor/tensor.ts';

/** What a data set is, before its images are there. */
export interface DataDescription {
  readonly name: string;
  readonly classNames: readonly string[];
  /** [height, width, channels]. */
  readonly imageShape: Shape;
  /** How many images each part has once all are there. */
  readonly counts: Readonly<Record<PartName, number>>;
}

/** Images of a part, one after the other, and the class of each. */
export interface DataPiece {
  readonly part: PartName;
  /** The position of the first in its part. */
  readonly first: number;
  /** uint8 [count · height · width · channels]. */
  readonly images: Uint8Array;
  /** uint8 [count]. */
  readonly labels: Uint8Array;
}

/**
 * The examples of a session, which come piece by piece. Their tensors have room for all from the beginning, so that a program
 * which gathers from them stays as it is; the pieces of a part come in order. Training and validation are one tensor, as in the
 * files: the validation images follow those for training.
 */
export class SessionData {
  readonly description: DataDescription;
  readonly learning: LabelledImages;
  readonly test: LabelledImages;
  readonly #available: Record<PartName, number> = { train: 0, validation: 0, test: 0 };

  constructor(description: DataDescription) {
    const { imageShape, counts, classNames, name } = description;
    if (imageShape.length !== 3 || sizeOf(imageShape) < 1) {
      throw new ShapeError(`${name}: an image is [height, width, channels], got [${imageShape.join(', ')}]`);
    }
    if (classNames.length < 2 || classNames.length > maxClasses) {
      throw new RangeError(
        `${name}: expected the names of 2 to ${maxClasses} classes, got ${classNames.length}`,
      );
    }
    this.description = description;
    this.learning = images(counts.train + counts.validation, imageShape, 'images');
    this.test = images(counts.test, imageShape, 'test images');
  }

  /** How many images of each part are there. */
  get available(): Readonly<Record<PartName, number>> {
    return { ...this.#available };
  }

  get isComplete(): boolean {
    return partNames.every((part) => this.#available[part] === this.description.counts[part]);
  }

  /**
   * @returns the tensors that have changed
   * @throws RangeError in one line for a piece that does not fit
   */
  add({ part, first, images: pixels, labels }: DataPiece): readonly Tensor<'uint8'>[] {
    const { imageShape, counts, classNames, name } = this.description;
    const count = labels.length;
    const what = `${name}: ${part} images from ${first}`;
    if (pixels.length !== count * sizeOf(imageShape)) {
      throw new RangeError(
        `${what}: ${pixels.length} bytes are not ${count} images of ${imageShape.join('×')}`,
      );
    }
    if (first !== this.#available[part] || first + count > counts[part]) {
      throw new RangeError(
        `${what} to ${first + count}: ${this.#available[part]} of ${counts[part]} are there`,
      );
    }
    const wrong = labels.find((label) => label >= classNames.length);
    if (wrong !== undefined) throw new RangeError(`${what}: there is no class ${wrong}`);
    const { x, y } = this.examplesOf(part);
    const start = this.#startOf(part) + first;
    x.values.set(pixels, start * sizeOf(imageShape));
    y.values.set(labels, start);
    this.#available[part] += count;
    return [x, y];
  }

  /** Those that have the images of a part, among others. */
  examplesOf(part: PartName): LabelledImages {
    return part === 'test' ? this.test : this.learning;
  }

  /** Where the images of a part that are there are in these examples. */
  positionsOf(part: PartName): Int32Array {
    const start = this.#startOf(part);
    return Int32Array.from({ length: this.#available[part] }, (_, i) => start + i);
  }

  /** Whether an image of a part is there. */
  has(part: PartName, image: number): boolean {
    return Number.isSafeInteger(image) && image >= 0 && image < this.#available[part];
  }

  /** Where an image of a part is in the examples. @throws RangeError if it is not there */
  positionOf(part: PartName, image: number): number {
    if (this.has(part, image)) return this.#startOf(part) + image;
    throw new RangeError(`there are ${this.#available[part]} ${part} images, from 0; asked for is ${image}`);
  }

  /** The bytes of an image of a part, and its class. @throws RangeError if it is not there */
  image(part: PartName, image: number): { readonly pixels: Uint8Array; readonly label: number } {
    const position = this.positionOf(part, image);
    const { x, y } = this.examplesOf(part);
    const size = sizeOf(this.description.imageShape);
    return {
      pixels: x.values.subarray(position * size, (position + 1) * size),
      label: y.values[position]!,
    };
  }

  #startOf(part: PartName): number {
    return part === 'validation' ? this.description.counts.train : 0;
  }
}

function images(count: number, imageShape: Shape, name: string): LabelledImages {
  return {
    // a tensor has at least one row
    x: Tensor.zeros('uint8', [Math.max(count, 1), ...imageShape], name),
    y: Tensor.zeros('uint8', [Math.max(count, 1)], `labels of ${name}`),
  };
}
