import type { Tensor } from '../../../../tensor/tensor.ts';
import type { Group } from '../../../fusion/fuse.ts';
import type { Epilogue } from '../../kernels/matmul.ts';

/** The operations that a product or convolution may carry out on its sums while they are in registers. */
type Fused = Pick<Extract<Group, { kind: 'matmul' | 'conv2d' }>, 'addBias' | 'relu'>;

/** How a product with fused operations ends. */
export interface Ending {
  readonly epilogue: Epilogue;
  /** What is written: the output of the last operation. */
  readonly result: Tensor;
  /** Null if none is added. */
  readonly bias: Tensor | null;
  /** For the names of tasks. */
  readonly suffix: string;
}

/** @param product the output of the product itself */
export function endingOf(product: Tensor, { addBias, relu }: Fused): Ending {
  const epilogue = relu ? 'biasRelu' : addBias ? 'bias' : 'none';
  return {
    epilogue,
    result: (relu ?? addBias)?.outputs.y ?? product,
    bias: addBias?.inputs.bias ?? null,
    suffix: suffixOf(epilogue),
  };
}

/** What an epilogue adds to the name of a task. */
export function suffixOf(epilogue: Epilogue): string {
  return epilogue === 'none' ? '' : ` + ${epilogue}`;
}
