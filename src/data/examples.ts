import type { Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Labelled images, as bytes: a batch becomes floats when it is gathered. */
export interface Examples {
  /** uint8 [count, height, width, channels]; 0 is black. */
  readonly images: Tensor<'uint8'>;
  /** uint8 [count]; each a class index. */
  readonly labels: Tensor<'uint8'>;
  /** For a folder of pictures, the path of each file below that folder, with `/`. */
  readonly files?: readonly string[];
}

/** Shape of one example: [height, width, channels]. */
export function exampleShape({ images }: Examples): Shape {
  return images.shape.slice(1);
}
