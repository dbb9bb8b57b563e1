import { averagePool2d, globalAveragePool } from '../layers/average-pool.ts';
import { batchNorm } from '../layers/batch-norm.ts';
import { conv2d } from '../layers/conv2d.ts';
import { dense } from '../layers/dense.ts';
import { dropout } from '../layers/dropout.ts';
import { flatten } from '../layers/flatten.ts';
import { glorotUniform, heNormal } from '../layers/initializers.ts';
import type { LayerSpec } from '../layers/layer.ts';
import { leakyRelu } from '../layers/leaky-relu.ts';
import { maxPool2d } from '../layers/max-pool.ts';
import { relu } from '../layers/relu.ts';
import { residual } from '../layers/residual.ts';
import type { Padding } from '../tensor/window.ts';

/** What the value of an option must be. It stands in for the option's type in TypeScript; ranges are the layer's own. */
export interface OptionKind<T> {
  /** Ends the sentence "units must be …". */
  readonly expected: string;
  /** The value for the layer; undefined if it is of another kind. `nested` reads a list of layers inside this one. */
  read(value: unknown, nested: (list: unknown[]) => LayerSpec[]): T | undefined;
}

type OptionKinds = Readonly<Record<string, OptionKind<unknown>>>;
type ValuesOf<Kinds extends OptionKinds> = {
  readonly [Name in keyof Kinds]: Kinds[Name] extends OptionKind<infer T> ? T : never;
};

export interface LayerType {
  readonly required: OptionKinds;
  readonly optional: OptionKinds;
  make(options: Readonly<Record<string, unknown>>): LayerSpec;
}

/** A type of layer: the options it must and may have, and its factory. */
export function layerType<Required extends OptionKinds, Optional extends OptionKinds>(
  required: Required,
  optional: Optional,
  make: (options: ValuesOf<Required> & Partial<ValuesOf<Optional>>) => LayerSpec,
): LayerType {
  return { required, optional, make };
}

const number: OptionKind<number> = {
  expected: 'a number',
  read: (value) => (typeof value === 'number' ? value : undefined),
};

const numberOrPair: OptionKind<number | readonly [number, number]> = {
  expected: 'a number or two, [height, width]',
  read(value) {
    if (typeof value === 'number') return value;
    const isPair = Array.isArray(value) && value.length === 2 && value.every((x) => typeof x === 'number');
    return isPair ? (value as [number, number]) : undefined;
  },
};

/** One of the keys, by which the layer gets the value under it. */
function oneOf<T>(choices: Readonly<Record<string, T>>): OptionKind<T> {
  const names = Object.keys(choices);
  return {
    expected: names.map((name) => JSON.stringify(name)).join(' or '),
    read: (value) => (names.includes(value as string) ? choices[value as string] : undefined),
  };
}

/** Layers inside a layer. */
const layerList: OptionKind<LayerSpec[]> = {
  expected: 'a list of layers',
  read: (value, nested) => (Array.isArray(value) ? nested(value) : undefined),
};

const padding = oneOf<Padding>({ same: 'same', valid: 'valid' });
const initializer = oneOf({ glorotUniform, heNormal });

/** Every layer that data can describe, by its `type`. Options have the names that the factories give them. */
export const layerTypes: Readonly<Record<string, LayerType>> = {
  dense: layerType({ units: number }, { initializer }, ({ units, ...options }) => dense(units, options)),
  conv2d: layerType(
    { filters: number },
    { kernelSize: numberOrPair, stride: numberOrPair, padding, initializer },
    ({ filters, ...options }) => conv2d(filters, options),
  ),
  max_pool2d: layerType({}, { poolSize: numberOrPair, stride: numberOrPair, padding }, maxPool2d),
  average_pool2d: layerType({}, { poolSize: numberOrPair, stride: numberOrPair, padding }, averagePool2d),
  global_average_pool2d: layerType({}, {}, globalAveragePool),
  relu: layerType({}, {}, relu),
  leaky_relu: layerType({}, { negativeSlope: number }, leakyRelu),
  batch_norm: layerType({}, { momentum: number, epsilon: number }, batchNorm),
  dropout: layerType({ rate: number }, {}, ({ rate }) => dropout(rate)),
  flatten: layerType({}, {}, flatten),
  residual: layerType({ body: layerList }, { shortcut: layerList }, ({ body, shortcut }) =>
    residual(body, shortcut),
  ),
};
