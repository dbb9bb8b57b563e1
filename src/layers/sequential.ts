import { expectShape, type Shape } from '../tensor/shape.ts';
import type { FloatType, Tensor } from '../tensor/tensor.ts';
import type { Layer, LayerDescription, LayerSpec, MakeTensor } from './layer.ts';
import { countingTensors, tensorsOf } from './make-tensor.ts';

/** Layers one after the other: a network, and itself a layer. */
export interface Sequential extends Layer {
  /** Shape of one example of x, without the batch dimension. */
  readonly inputShape: Shape;
  readonly layers: readonly Layer[];
  readonly state: readonly Tensor[];
  /** The layers as data, as a model file has them. @throws RangeError if JSON cannot hold an option */
  describe(): LayerDescription[];
}

export interface SequentialOptions {
  /** Shape of one example, without the batch dimension: [28, 28, 1]. */
  readonly inputShape: Shape;
  /** Selects the initial weights and the dropout masks; 0 by default. */
  readonly seed?: number;
  /** Data type of the parameters: float32 by default; float64 is for checking gradients. */
  readonly dtype?: FloatType;
  /** For layers inside a layer: their names begin with it and a slash. */
  readonly name?: string;
  /** For layers inside a layer: what makes their tensors. */
  readonly tensor?: MakeTensor;
}

/**
 * A network of the given layers: `sequential([flatten(), dense(10)], { inputShape: [28, 28, 1] })`.
 *
 * @throws ShapeError where a layer does not fit the one before it, or if weights and gradients need more than 2 GiB
 */
export function sequential(specs: readonly LayerSpec[], options: SequentialOptions): Sequential {
  const { inputShape, seed = 0, dtype = 'float32', name = 'sequential' } = options;
  // the outermost network counts the memory of all layers before it makes any of their tensors
  if (options.tensor === undefined) sequential(specs, { ...options, tensor: countingTensors(dtype) });
  const tensor = options.tensor ?? tensorsOf(dtype);
  const prefix = options.name === undefined ? '' : `${options.name}/`;
  const layers: Layer[] = [];
  const counts = new Map<string, number>();
  let shape = inputShape;
  for (const spec of specs) {
    const count = (counts.get(spec.type) ?? 0) + 1;
    counts.set(spec.type, count);
    const layer = spec.build({
      name: `${prefix}${spec.type}_${count}`,
      inputShape: shape,
      seed,
      dtype,
      tensor,
    });
    layers.push(layer);
    shape = layer.outputShape;
  }
  return {
    name,
    inputShape,
    outputShape: shape,
    layers,
    parameters: layers.flatMap((layer) => layer.parameters),
    state: layers.flatMap((layer) => layer.state ?? []),
    describe: () => specs.map((spec) => spec.describe()),
    forward(ops, x, mode) {
      expectShape(x.shape.slice(1), inputShape, `${name}: one example`);
      return layers.reduce((activations, layer) => layer.forward(ops, activations, mode), x);
    },
    backward: (ops, dy) => layers.reduceRight((gradient, layer) => layer.backward(ops, gradient), dy),
  };
}
