import type { Operation } from '../../../tensor/operation.ts';
import type { Launch } from './kernel.ts';
import { matmulLaunches, type Product, type MatmulVariant } from './matmul-variants.ts';

/** Which variant computes a product. */
export type ChooseVariant = (product: Product) => MatmulVariant;

/** C [m, n] = A · B. */
export function matmul(operation: Operation<'matmul'>, choose: ChooseVariant): Launch[] {
  const { inputs, outputs } = operation;
  const product = productOf(operation);
  const storages = { a: inputs.a.storage, b: inputs.b.storage, c: outputs.c.storage };
  return matmulLaunches(choose(product), product, storages);
}

export function productOf({ inputs, outputs, constants }: Operation<'matmul'>): Product {
  const [m, n] = outputs.c.shape as readonly [number, number];
  return { m, k: inputs.a.size / m, n, ...constants };
}
