/** The kinds of options that layers have: which values they accept, and how JSON writes them. */
import * as rules from '../check-options.ts';
import type { OptionRule } from '../check-options.ts';
import type { Padding } from '../tensor/window.ts';
import { glorotUniform, heNormal, type Initializer } from './initializers.ts';
import type { LayerDescription, LayerSpec } from './layer.ts';

/** What the value of an option must be, in code and in a model file. */
export interface OptionKind<T> {
  /** Ends the sentence "units must be …". */
  readonly expected: string;
  accepts(value: unknown): boolean;
  /** The value as JSON. */
  encode(value: T): unknown;
  /** The value that JSON stands for; JSON of another kind as it is. `readLayers` reads a list of layers. */
  decode(json: unknown, readLayers: (list: readonly unknown[]) => LayerSpec[]): unknown;
}

/** An option of a layer: its kind, and whether it may be left out. */
export interface Option<T = never> {
  readonly kind: OptionKind<T>;
  readonly required: boolean;
}

export function required<T>(kind: OptionKind<T>): Option<T> & { readonly required: true } {
  return { kind, required: true };
}

export function optional<T>(kind: OptionKind<T>): Option<T> & { readonly required: false } {
  return { kind, required: false };
}

/** A kind whose values are written in JSON as they are. */
function plain<T>({ expected, accepts }: OptionRule): OptionKind<T> {
  return { expected, accepts, encode: (value) => value, decode: (json) => json };
}

/** A number that passes a test: `numberWhere('a positive number', (value) => value > 0)`. */
export function numberWhere(expected: string, test: (value: number) => boolean): OptionKind<number> {
  return plain({ expected, accepts: (value) => typeof value === 'number' && test(value) });
}

export const positiveInteger: OptionKind<number> = plain(rules.positiveInteger);
export const share: OptionKind<number> = plain(rules.share);
export const notNegative: OptionKind<number> = plain(rules.notNegative);

/** Height and width, or one number for both. */
export type Size = number | readonly [number, number];

export const size: OptionKind<Size> = plain({
  expected: 'a positive integer or two of them, [height, width]',
  accepts(value) {
    const { accepts } = rules.positiveInteger;
    return Array.isArray(value) ? value.length === 2 && value.every(accepts) : accepts(value);
  },
});

/** [height, width] */
export function pair(size: Size): readonly [number, number] {
  return typeof size === 'number' ? [size, size] : size;
}

export const padding: OptionKind<Padding> = plain({
  expected: '"same" or "valid"',
  accepts: (value) => value === 'same' || value === 'valid',
});

/** Initializers by name: a model file can say these, code can pass any function. */
const initializers: Readonly<Record<string, Initializer>> = { glorotUniform, heNormal };

export const initializer: OptionKind<Initializer> = {
  expected: 'glorotUniform or heNormal',
  accepts: (value) => typeof value === 'function',
  encode(value) {
    const known = Object.entries(initializers).find(([, initializer]) => initializer === value);
    if (known === undefined) {
      const names = Object.keys(initializers).join(' or ');
      throw new RangeError(`initializer is a function of your own, a model file can only say ${names}`);
    }
    return known[0];
  },
  decode: (json) =>
    typeof json === 'string' && Object.hasOwn(initializers, json) ? initializers[json] : json,
};

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/** Layers inside a layer, at least `least` of them. */
export function layerList(least: 0 | 1): OptionKind<readonly LayerSpec[]> {
  return {
    expected: least === 0 ? 'a list of layers' : 'a list of at least one layer',
    accepts: (value) => isList(value) && value.length >= least,
    encode: (value): LayerDescription[] => value.map((spec) => spec.describe()),
    decode: (json, readLayers) => (isList(json) ? readLayers(json) : json),
  };
}
