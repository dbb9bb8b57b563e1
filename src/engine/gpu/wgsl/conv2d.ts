/** A convolution's three passes as products in tiles: definitions are in tensor/reference/conv2d.ts. */
import type { Epilogue } from './epilogue.ts';
import { matrixOperand } from './operand.ts';
import {
  type Conv2dGeometry,
  gradientPatchesOperand,
  patchesOperand,
  turnedFilterOperand,
} from './patches.ts';
import { type Product, productKernels } from './product.ts';
import type { ProductKernels } from './product-kernel.ts';
import type { Tile } from './tile.ts';

export type Conv2dPass = 'forward' | 'backwardInput' | 'backwardFilter';

/**
 * The kernels of one pass. Their buffers, and the sizes of the product to choose a tile for:
 *
 * | pass           | a  | b      | c       | m                | n        | k                |
 * | -------------- | -- | ------ | ------- | ---------------- | -------- | ---------------- |
 * | forward        | x  | filter | y       | pixels of y      | filters  | taps · channels  |
 * | backwardInput  | dy | filter | dx      | pixels of x      | channels | taps · filters   |
 * | backwardFilter | x  | dy     | dFilter | taps · channels  | filters  | pixels of y      |
 *
 * `columnSums` of backwardFilter are the gradient of a bias; backwardInput cannot have any.
 *
 * @throws RangeError if the tile does not fit
 */
export function conv2dKernels(
  pass: Conv2dPass,
  geometry: Conv2dGeometry,
  tile: Tile,
  epilogue: Epilogue = {},
): ProductKernels {
  return productKernels({ ...conv2dProduct(pass, geometry), tile, epilogue });
}

/** The operands of a pass. */
export function conv2dProduct(
  pass: Conv2dPass,
  geometry: Conv2dGeometry,
): Pick<Product, 'title' | 'a' | 'b'> {
  const title = `conv2d_${pass}_${geometryName(geometry)}`;
  const { filters } = geometry;
  if (pass === 'backwardInput') {
    return { title, a: gradientPatchesOperand(geometry), b: turnedFilterOperand(geometry) };
  }
  const a = patchesOperand(geometry, pass);
  return { title, a, b: matrixOperand(filters, a.depth, 'x') };
}

function geometryName(geometry: Conv2dGeometry): string {
  const { height, width, channels, filters, kernelHeight, kernelWidth, outputHeight, outputWidth } = geometry;
  const { strideY, strideX, padTop, padLeft } = geometry;
  return (
    `${height}x${width}x${channels}_${kernelHeight}x${kernelWidth}_${outputHeight}x${outputWidth}x${filters}` +
    `_stride${strideY}x${strideX}_pad${padTop}x${padLeft}`
  );
}
