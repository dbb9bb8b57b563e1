import type { LabelledImages } from '../data/examples.ts';
import { type PartName, partNames } from '../data/dataset.ts';
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
    if (classNames.length < 2 || classNames.length > 256) {
      throw new RangeError(`${name}: expected the names of 2 to 256 classes, got ${classNames.length}`);
    }
    this.description = description;
    this.learning = images(counts.train + counts.validation, imageShape, 'images');
    this.test = images(counts.test, imageShape, 'test images');
  }

  /** How many images of a part are there. */
  available(part: PartName): number {
    return this.#available[part];
  }

  get isComplete(): boolean {
    return partNames.every((part) => this.#available[part] === this.description.counts[part]);
  }

  /** @throws RangeError in one line for a piece that does not fit */
  add({ part, first, images: pixels, labels }: DataPiece): void {
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
    const { x, y } = part === 'test' ? this.test : this.learning;
    const start = part === 'validation' ? counts.train + first : first;
    x.values.set(pixels, start * sizeOf(imageShape));
    y.values.set(labels, start);
    this.#available[part] += count;
  }

  /** The examples of a part, and the positions in them of those that are there. */
  examplesOf(part: PartName): { readonly examples: LabelledImages; readonly positions: Int32Array } {
    const start = part === 'validation' ? this.description.counts.train : 0;
    const positions = Int32Array.from({ length: this.#available[part] }, (_, i) => start + i);
    return { examples: part === 'test' ? this.test : this.learning, positions };
  }
}

function images(count: number, imageShape: Shape, name: string): LabelledImages {
  return {
    // a tensor has at least one row
    x: Tensor.zeros('uint8', [Math.max(count, 1), ...imageShape], name),
    y: Tensor.zeros('uint8', [Math.max(count, 1)], `labels of ${name}`),
  };
}
