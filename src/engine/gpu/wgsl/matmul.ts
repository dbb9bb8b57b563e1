/** The four forms of a matrix product, as kernels in tiles. */
import type { Epilogue } from './epilogue.ts';
import { matrixOperand } from './operand.ts';
import { type Product, productKernels } from './product.ts';
import type { ProductKernels } from './product-kernel.ts';
import type { Tile } from './tile.ts';

/** Which operand is stored transposed: A as [k, m], B as [n, k]. */
export interface MatmulForm {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

export interface MatmulSize {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/**
 * C [m, n] = A [m, k] · B [k, n]. Each kernel names its buffers: a, b, c and those of the epilogue.
 *
 * @throws RangeError if the tile does not fit, or column sums are asked for with a transposed B
 */
export function matmulKernels(
  form: MatmulForm,
  size: MatmulSize,
  tile: Tile,
  epilogue: Epilogue = {},
): ProductKernels {
  return productKernels({ ...matmulProduct(form, size), tile, epilogue });
}

/** The operands of a product. */
export function matmulProduct(
  { transposeA, transposeB }: MatmulForm,
  { m, n, k }: MatmulSize,
): Pick<Product, 'title' | 'a' | 'b'> {
  return {
    title: `matmul_${transposeA ? 't' : 'n'}${transposeB ? 't' : 'n'}`,
    a: matrixOperand(m, k, transposeA ? 'x' : 'k'),
    b: matrixOperand(n, k, transposeB ? 'k' : 'x'),
  };
}
