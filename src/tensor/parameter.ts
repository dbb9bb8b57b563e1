import type { Tensor } from './tensor.ts';

/** A trainable tensor and the gradient of the loss with respect to it, of the same shape. */
export interface Parameter {
  readonly name: string;
  readonly value: Tensor;
  /** Each backward pass overwrites it: a parameter belongs to one layer and is used once in a step. */
  readonly gradient: Tensor;
  /** Whether the L2 penalty and weight decay apply: yes for kernels, no for biases. */
  readonly decay: boolean;
}
