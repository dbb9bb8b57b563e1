import type { Ops } from '../../../src/tensor/ops.ts';
import type { Shape } from '../../../src/tensor/shape.ts';
import { type DataType, type FloatType, Tensor } from '../../../src/tensor/tensor.ts';
import { randomTensor } from '../random-tensor.ts';

/** One operation, or a pair that belongs together, on tensors of given shapes. */
export interface OperationCase {
  /** Names the operation, the shapes and what is special: `matmul 5×7×3, A transposed`. */
  readonly name: string;
  /** Makes the tensors, the same ones in every call. Engines take float32, gradient checks float64. */
  readonly build: (dtype: FloatType) => CaseSetup;
}

export interface CaseSetup {
  /** Tensors that the operation changes in place: they are compared besides its results. */
  readonly changed?: readonly Tensor<DataType>[];
  readonly compute: (ops: Ops) => readonly Tensor<DataType>[];
  /** Where the engine must give every bit of the reference. Results of integers always must. */
  readonly exact?: boolean;
  /** Whether results are long sums whose terms may cancel: they are as exact as the largest of them. */
  readonly cancels?: boolean;
  /** How the operation is differentiated: for a check against finite differences, in float64. */
  readonly gradient?: CaseGradient;
}

export interface CaseGradient {
  /** The tensors by which it is differentiated. */
  readonly by: readonly Tensor[];
  /** What is differentiated; the first result if left out. */
  readonly of?: (ops: Ops, results: readonly Tensor<DataType>[]) => Tensor;
  /** The gradient of the loss by `of`; random numbers if left out. */
  readonly dy?: Tensor;
  /** The gradients by each tensor of `by`, in their order. */
  readonly backward: (ops: Ops, results: readonly Tensor<DataType>[], dy: Tensor) => readonly Tensor[];
}

/** Rows and columns around the vector widths 4 and 8. */
export const awkwardShapes = [
  [1, 1],
  [1, 3],
  [2, 4],
  [3, 5],
  [7, 7],
  [5, 8],
  [4, 9],
  [13, 15],
  [6, 33],
] as const;

export function integers(name: string, ...values: number[]): Tensor<'int32'> {
  return Tensor.from('int32', [values.length], Int32Array.from(values), name);
}

/** A persistent tensor of float32 or float64 with the given values. */
export function floats(dtype: FloatType, shape: Shape, values: readonly number[], name: string): Tensor {
  const tensor: Tensor = Tensor.zeros<FloatType>(dtype, shape, name);
  tensor.values.set(values);
  return tensor;
}

/** Random numbers within 1 of `center`. */
export function around(center: number, dtype: FloatType, shape: Shape, name: string): Tensor {
  const tensor: Tensor = randomTensor<FloatType>(dtype, shape, name);
  for (let i = 0; i < tensor.size; i++) tensor.values[i]! += center;
  return tensor;
}

/** `2×5×4` */
export function times(shape: Shape): string {
  return shape.join('×');
}
