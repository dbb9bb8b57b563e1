import type { Ops } from '../tensor/ops.ts';
import type { Parameter } from '../tensor/parameter.ts';
import { expectShape, type Shape } from '../tensor/shape.ts';
import type { FloatType, Tensor } from '../tensor/tensor.ts';
import type { Layer, LayerSpec, Mode } from './layer.ts';

export interface SequentialOptions {
  /** Shape of one example, without the batch dimension: [28, 28, 1]. */
  readonly inputShape: Shape;
  /** Selects the initial weights and the dropout masks. */
  readonly seed?: number;
  /** Data type of the parameters: float32 by default; float64 is for checking gradients. */
  readonly dtype?: FloatType;
  /** For layers inside of a layer: what the names of these begin with, and a slash. */
  readonly name?: string;
}

/** Layers one after the other: a network, and itself a layer. */
export class Sequential implements Layer {
  readonly name: string;
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly layers: readonly Layer[];
  readonly parameters: readonly Parameter[];
  readonly state: readonly Tensor[];

  constructor(specs: readonly LayerSpec[], options: SequentialOptions) {
    const { inputShape, seed = 0, dtype = 'float32', name } = options;
    const prefix = name === undefined ? '' : `${name}/`;
    const layers: Layer[] = [];
    const counts = new Map<string, number>();
    let shape = inputShape;
    for (const spec of specs) {
      const count = (counts.get(spec.type) ?? 0) + 1;
      counts.set(spec.type, count);
      const layer = spec.build({ name: `${prefix}${spec.type}_${count}`, inputShape: shape, seed, dtype });
      layers.push(layer);
      shape = layer.outputShape;
    }
    this.name = name ?? 'sequential';
    this.inputShape = inputShape;
    this.outputShape = shape;
    this.layers = layers;
    this.parameters = layers.flatMap((layer) => layer.parameters);
    this.state = layers.flatMap((layer) => layer.state ?? []);
  }

  forward(ops: Ops, x: Tensor, mode: Mode): Tensor {
    expectShape(x.shape.slice(1), this.inputShape, `${this.name}: one example`);
    return this.layers.reduce((activations, layer) => layer.forward(ops, activations, mode), x);
  }

  backward(ops: Ops, dy: Tensor): Tensor {
    return this.layers.reduceRight((gradient, layer) => layer.backward(ops, gradient), dy);
  }
}

/** A network of the given layers: `sequential([flatten(), dense(10)], { inputShape: [28, 28, 1] })`. */
export function sequential(specs: readonly LayerSpec[], options: SequentialOptions): Sequential {
  return new Sequential(specs, options);
}
