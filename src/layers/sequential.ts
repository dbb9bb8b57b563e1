import { expectShape, type Shape, ShapeError } from '../tensor/shape.ts';
import type { FloatType, Tensor } from '../tensor/tensor.ts';
import type { LossSpec } from './loss.ts';
import type { Layer, LayerDescription, LayerSpec, MakeTensor } from './layer.ts';
import { checkOptions, integerFrom0 } from '../check-options.ts';
import { showValue } from '../show-value.ts';
import { countingTensors, tensorsOf } from './make-tensor.ts';

/** Layers one after the other: a network, and itself a layer. */
export interface Sequential extends Layer {
  /** Shape of one example of x, without the batch dimension. */
  readonly inputShape: Shape;
  readonly layers: readonly Layer[];
  readonly state: readonly Tensor[];
  /** What it was trained with last; training sets it, and evaluation and prediction go by it. */
  loss?: LossSpec;
  /** What its classes are called, if it was trained on names. */
  classNames?: readonly string[];
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
  checkArguments(specs, options);
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
  checkStatistics(layers, { isInside: options.name !== undefined });
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

const rules = {
  inputShape: {
    expected: 'a list of sizes such as [28, 28, 1]',
    accepts: (value: unknown) =>
      Array.isArray(value) &&
      value.length > 0 &&
      value.every((size) => Number.isSafeInteger(size) && (size as number) > 0),
  },
  seed: integerFrom0,
  dtype: {
    expected: '"float32" or "float64"',
    accepts: (value: unknown) => value === 'float32' || value === 'float64',
  },
  name: { expected: 'a text', accepts: (value: unknown) => typeof value === 'string' },
  tensor: { expected: 'a function', accepts: (value: unknown) => typeof value === 'function' },
};

/** @throws TypeError or RangeError in one line for what code without types may pass */
function checkArguments(specs: readonly LayerSpec[], options: SequentialOptions): void {
  if (!Array.isArray(specs)) {
    throw new TypeError(`sequential: layers: expected a list such as [dense(10)], got ${showValue(specs)}`);
  }
  for (const [index, spec] of (specs as readonly unknown[]).entries()) {
    const isSpec = typeof spec === 'object' && spec !== null && 'build' in spec && 'type' in spec;
    if (isSpec) continue;
    const call = typeof spec === 'function' ? `; call it: ${spec.name}()` : '';
    throw new TypeError(
      `sequential: layers[${index}]: expected a layer such as dense(10), got ${showValue(spec)}${call}`,
    );
  }
  const given: unknown = options;
  if (typeof given !== 'object' || given === null || (given as SequentialOptions).inputShape === undefined) {
    throw new TypeError(
      'sequential: inputShape is missing, the shape of one example: sequential(layers, { inputShape: [28, 28, 1] })',
    );
  }
  checkOptions('sequential', given, rules);
}

/** Statistics are of the examples as they are: only the first layer sees these inputs, only the last gives the outputs. */
function checkStatistics(layers: readonly Layer[], { isInside }: { readonly isInside: boolean }): void {
  for (const [index, { name, statistics }] of layers.entries()) {
    if (statistics === undefined) continue;
    const [place, wanted] =
      statistics.of === 'inputs' ? (['first', 0] as const) : (['last', layers.length - 1] as const);
    if (index !== wanted || isInside) {
      throw new ShapeError(
        `${name} must be the ${place} layer of the network; it is number ${index + 1} of ${layers.length}`,
      );
    }
  }
}
