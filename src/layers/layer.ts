import type { Ops } from '../tensor/ops.ts';
import type { Parameter } from '../tensor/parameter.ts';
import type { Shape } from '../tensor/shape.ts';
import type { FloatType, Tensor } from '../tensor/tensor.ts';

/** How a forward pass is meant: some layers act in training only. */
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
  /** Shape of one example going out, without the batch dimension. */
  readonly outputShape: Shape;
  readonly parameters: readonly Parameter[];
  /** What training changes other than by gradients, and inference reads: running averages. None if left out. */
  readonly state?: readonly Tensor[];
  /** y for a batch x [n, …input shape]; keeps what `backward` will read. */
  forward(ops: Ops, x: Tensor, mode: Mode): Tensor;
  /** The gradient of the loss by x, given the gradient by y; writes the gradients of the parameters. */
  backward(ops: Ops, dy: Tensor): Tensor;
}

/** What a layer is told when it is built into a network. */
export interface BuildContext {
  readonly name: string;
  /** Shape of one example coming in, without the batch dimension. */
  readonly inputShape: Shape;
  /** Seed of the run: selects the initial weights and the dropout masks. */
  readonly seed: number;
  /** Data type of the parameters: float32, or float64 to check gradients. */
  readonly dtype: FloatType;
}

/** A layer's description: its options, before its input shape is known. `sequential` builds it. */
export interface LayerSpec {
  /** `dense`: what the name of the built layer begins with. */
  readonly type: string;
  build(context: BuildContext): Layer;
}

/** For a layer's `backward`: what `forward` kept, or an error that says what is missing. */
export function kept<T>(value: T | undefined, layer: string): T {
  if (value === undefined) throw new Error(`${layer}: backward was called before forward`);
  return value;
}
