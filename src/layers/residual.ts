import type { Ops } from '../tensor/ops.ts';
import type { Parameter } from '../tensor/parameter.ts';
import { formatShape, sameShape, type Shape, ShapeError } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { BuildContext, Layer, LayerSpec, Mode } from './layer.ts';
import { Sequential } from './sequential.ts';

/**
 * Residual block: y = body(x) + shortcut(x), where the shortcut is x itself unless its layers are given. The body
 * learns what to add to x, and the gradient has a way back past it: He et al., "Deep residual learning for image
 * recognition" (2015). If the body changes the shape, the shortcut must, too: by a convolution of size 1, say, with
 * the body's stride.
 *
 * Backward: dy goes into both, and what they return is added, dx = body'(dy) + shortcut'(dy).
 */
export function residual(layers: readonly LayerSpec[], shortcut: readonly LayerSpec[] = []): LayerSpec {
  if (layers.length === 0) throw new RangeError('residual: expected at least one layer in the body');
  return { type: 'residual', build: (context) => new Residual(layers, shortcut, context) };
}

class Residual implements Layer {
  readonly name: string;
  readonly outputShape: Shape;
  readonly parameters: readonly Parameter[];
  readonly state: readonly Tensor[];
  readonly #body: Sequential;
  readonly #shortcut: Sequential;

  constructor(layers: readonly LayerSpec[], shortcut: readonly LayerSpec[], context: BuildContext) {
    const { name } = context;
    this.name = name;
    this.#body = new Sequential(layers, { ...context, name: `${name}/body` });
    this.#shortcut = new Sequential(shortcut, { ...context, name: `${name}/shortcut` });
    const { outputShape } = this.#body;
    if (!sameShape(outputShape, this.#shortcut.outputShape)) {
      throw new ShapeError(
        `${name}: the body makes ${formatShape(outputShape)} of ${formatShape(context.inputShape)}, ` +
          `the shortcut ${formatShape(this.#shortcut.outputShape)}: they cannot be added; ` +
          'give the shortcut layers that make the same shape, such as a conv2d with kernelSize 1',
      );
    }
    this.outputShape = outputShape;
    this.parameters = [...this.#body.parameters, ...this.#shortcut.parameters];
    this.state = [...this.#body.state, ...this.#shortcut.state];
  }

  forward(ops: Ops, x: Tensor, mode: Mode): Tensor {
    return ops.add(this.#body.forward(ops, x, mode), this.#shortcut.forward(ops, x, mode));
  }

  backward(ops: Ops, dy: Tensor): Tensor {
    return ops.add(this.#body.backward(ops, dy), this.#shortcut.backward(ops, dy));
  }
}
