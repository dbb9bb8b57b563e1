import type { DataType, Tensor } from '../../../../tensor/tensor.ts';

/** How an array is divided: the number of items, and the number of elements in one. */
export interface Items {
  readonly items: number;
  readonly itemSize: number;
}

/** Arrays are divided by their first dimension. */
export function rowsOf({ shape, size }: Tensor<DataType>): Items {
  const items = shape[0]!;
  return { items, itemSize: size / items };
}

/** Weights are divided by all dimensions but the last, as the products that make their gradients are. */
export function weightRowsOf({ shape, size }: Tensor<DataType>): Items {
  const itemSize = shape.length > 1 ? shape.at(-1)! : 1;
  return { items: size / itemSize, itemSize };
}
