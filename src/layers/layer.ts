import type { Ops } from '../tensor/ops.ts';
import type { Parameter } from '../tensor/parameter.ts';
import type { Shape } from '../tensor/shape.ts';
import type { FloatArray, FloatType, Tensor } from '../tensor/tensor.ts';

/** What a forward pass is for. Dropout and batch normalization compute something else in training. */
export type Mode =
  | { readonly training: false }
  | {
      readonly training: true;
      /** int32 [1]: the number of the training step, from 1; it selects the random numbers of this step. */
      readonly step: Tensor<'int32'>;
    };

/** One layer of a network. It writes its computation with `Ops` and does not know what will run it. */
export interface Layer {
  /** `dense_1`: unique in its network. */
  readonly name: string;
  /** Shape of one example of y, without the batch dimension. */
  readonly outputShape: Shape;
  readonly parameters: readonly Parameter[];
  /** Tensors that training changes without gradients and inference reads: running averages. None if left out. */
  readonly state?: readonly Tensor[];
  /** For a layer that works with the mean and the variance of the training examples. */
  readonly statistics?: LayerStatistics;
  /** y for a batch x [n, …input shape]. The layer keeps the tensors that `backward` reads. */
  forward(ops: Ops, x: Tensor, mode: Mode): Tensor;
  /** ∂loss/∂x, given dy = ∂loss/∂y. It also writes the gradients of the parameters. */
  backward(ops: Ops, dy: Tensor): Tensor;
}

/** Mean and variance of each feature [c], the last dimension, over all examples and all other dimensions. */
export interface Statistics {
  readonly mean: Float32Array;
  /** Divides by the number of values; 1 for a feature that never changes. */
  readonly variance: Float32Array;
}

/** How a layer takes statistics. They are part of its state. */
export interface LayerStatistics {
  readonly of: 'inputs' | 'targets';
  /** How many examples the statistics are of [1]; 0 until there are any. */
  readonly count: Tensor;
  /** The tensors of the layer, with their values for such statistics. */
  valuesFor(statistics: Statistics): readonly (readonly [Tensor, Float32Array])[];
}

/** What a layer learns about its network when it is built. */
export interface BuildContext {
  readonly name: string;
  /** Shape of one example of x, without the batch dimension. */
  readonly inputShape: Shape;
  /** Seed of the run: selects the initial weights and the dropout masks. */
  readonly seed: number;
  /** Data type of the parameters: float32, or float64 to check gradients. */
  readonly dtype: FloatType;
  /** Makes the tensors of the layer. */
  readonly tensor: MakeTensor;
}

/**
 * Makes a tensor of zeros and fills it. A network is built twice: first to count its memory, when the tensors have no
 * values and `fill` is not called.
 */
export type MakeTensor = (shape: Shape, name: string, fill?: (values: FloatArray) => void) => Tensor;

/** A layer as data, as a model file has it: its type and its options, `{ "type": "dense", "units": 64 }`. */
export interface LayerDescription {
  readonly type: string;
  readonly [option: string]: unknown;
}

/** A layer with its options, before its input shape is known. `sequential` builds it. */
export interface LayerSpec {
  /** `dense`: the name of its type in model files, and the beginning of the built layer's name. */
  readonly type: string;
  /** The layer as data, from which a model file makes the same layer. @throws RangeError if JSON cannot hold an option */
  describe(): LayerDescription;
  build(context: BuildContext): Layer;
}

/** For a layer's `backward`: what `forward` kept, or an error that says what is missing. */
export function kept<T>(value: T | undefined, layer: string): T {
  if (value === undefined) throw new Error(`${layer}: backward was called before forward`);
  return value;
}
