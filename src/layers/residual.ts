import { formatShape, sameShape, ShapeError } from '../tensor/shape.ts';
import { defineLayer, type LayerType } from './define-layer.ts';
import type { LayerSpec } from './layer.ts';
import { layerList, optional, required } from './options.ts';
import { sequential } from './sequential.ts';

/**
 * Residual block: y = body(x) + shortcut(x), where the shortcut without layers is x itself. The body learns what to
 * add to x, and the gradient reaches x past the body: He et al., "Deep residual learning for image recognition"
 * (2015). A body that changes the shape needs a shortcut that changes it in the same way: a convolution of size 1,
 * say, with the body's stride.
 *
 * Backward: dx = body'(dy) + shortcut'(dy), the sum of the gradients that both return for dy.
 */
export function residual(body: readonly LayerSpec[], shortcut?: readonly LayerSpec[]): LayerSpec {
  return residualLayer.spec({ body, ...(shortcut && { shortcut }) });
}

interface ResidualOptions {
  readonly body: readonly LayerSpec[];
  readonly shortcut?: readonly LayerSpec[];
}

export const residualLayer: LayerType<ResidualOptions> = defineLayer({
  type: 'residual',
  options: { body: required(layerList(1)), shortcut: optional(layerList(0)) },
  build(options, context) {
    const { name, inputShape } = context;
    const body = sequential(options.body, { ...context, name: `${name}/body` });
    const shortcut = sequential(options.shortcut ?? [], { ...context, name: `${name}/shortcut` });
    if (!sameShape(body.outputShape, shortcut.outputShape)) {
      throw new ShapeError(
        `${name}: the body makes ${formatShape(body.outputShape)} of ${formatShape(inputShape)}, ` +
          `the shortcut ${formatShape(shortcut.outputShape)}: they cannot be added; ` +
          'give the shortcut layers that make the same shape, such as a conv2d with kernelSize 1',
      );
    }
    return {
      name,
      outputShape: body.outputShape,
      parameters: [...body.parameters, ...shortcut.parameters],
      state: [...body.state, ...shortcut.state],
      forward: (ops, x, mode) => ops.add(body.forward(ops, x, mode), shortcut.forward(ops, x, mode)),
      backward: (ops, dy) => ops.add(body.backward(ops, dy), shortcut.backward(ops, dy)),
    };
  },
});
