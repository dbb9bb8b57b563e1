import type { Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** What a network learns from: inputs x and targets y, an index of the first dimension for each example. */
export interface Examples {
  /**
   * [count, …shape of one]. Bytes stay bytes, and a batch becomes floats when it is gathered: divided by 255, so that
   * images are numbers in [0, 1].
   */
  readonly x: Tensor<'uint8'> | Tensor<'float32'>;
  /** Class indices, uint8 [count]; or what the outputs of the network should be, float32 [count, …shape of its output]. */
  readonly y: Tensor<'uint8'> | Tensor<'float32'>;
}

/** Images with the class of each. */
export interface LabelledImages extends Examples {
  /** uint8 [count, height, width, channels]; 0 is black. */
  readonly x: Tensor<'uint8'>;
  /** uint8 [count]; each a class index. */
  readonly y: Tensor<'uint8'>;
  /** For a folder of pictures, the path of each file below that folder, with `/`. */
  readonly files?: readonly string[];
}

/** Whether the inputs are bytes of pixels, with a class for each. */
export function areImages(examples: Examples): examples is LabelledImages {
  return examples.x.dtype === 'uint8' && examples.y.dtype === 'uint8' && examples.x.shape.length === 4;
}

/** Number of examples. */
export function exampleCount({ x }: Pick<Examples, 'x'>): number {
  return x.shape[0]!;
}

/** Shape of one example. */
export function exampleShape({ x }: Pick<Examples, 'x'>): Shape {
  return x.shape.slice(1);
}
