import type { Operation } from './operation.ts';
import type { Tensor } from './tensor.ts';

/**
 * Multiplications and additions of a product or a convolution, counted as its definition makes them: every tap of
 * every window, those on the zeros around an image too, however a kernel saves work. 0 for all other operations.
 */
export function flopsOf(operation: Operation): number {
  switch (operation.kind) {
    case 'matmul': {
      const { a } = operation.inputs;
      const { c } = operation.outputs;
      const k = a.size / c.shape[0]!;
      return 2 * c.size * k;
    }
    case 'conv2d':
      return convolutionFlops(operation.inputs.filter, operation.outputs.y);
    case 'conv2dBackwardInput':
      return convolutionFlops(operation.inputs.filter, operation.inputs.dy);
    case 'conv2dBackwardFilter':
      return convolutionFlops(operation.outputs.dFilter, operation.inputs.dy);
    default:
      return 0;
  }
}

/** All three pair each pixel of y (or dy) with the filter once: y [n, oh, ow, out], filter [kh, kw, in, out]. */
function convolutionFlops(filter: Tensor, y: Tensor): number {
  const pixels = y.size / y.shape[3]!;
  return 2 * pixels * filter.size;
}
