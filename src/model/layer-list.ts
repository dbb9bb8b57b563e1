import { didYouMean } from '../closest.ts';
import type { LayerSpec } from '../layers/layer.ts';
import { ShapeError } from '../tensor/shape.ts';
import { type LayerType, layerTypes } from './layer-types.ts';

/** A layer as data: its type and the options of its factory, `{ "type": "dense", "units": 64 }`. */
export interface LayerDescription {
  readonly type: string;
  readonly [option: string]: unknown;
}

/** A mistake in the description of a network. The message, one line, says where it is and what is allowed. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
}

/**
 * The layers that a list of descriptions stands for. The list may come from outside: all of it is checked.
 *
 * @param where what messages begin with: `net.json: layers`
 * @throws ModelError; so does a layer when it is built, if it does not fit the one before it
 */
export function readLayerList(list: unknown, where: string): LayerSpec[] {
  if (!Array.isArray(list)) throw new ModelError(`${where} must be a list of layers, got ${show(list)}`);
  return list.map((description, index) => readLayer(description, `${where}[${index}]`));
}

function readLayer(description: unknown, where: string): LayerSpec {
  if (typeof description !== 'object' || description === null || Array.isArray(description)) {
    throw new ModelError(`${where}: a layer is an object like {"type": "relu"}, got ${show(description)}`);
  }
  const { type, ...options } = description as LayerDescription;
  const layerType =
    typeof type === 'string' && Object.hasOwn(layerTypes, type) ? layerTypes[type]! : undefined;
  if (layerType === undefined) {
    const problem = type === undefined ? '"type" is missing' : `unknown type ${show(type)}`;
    throw new ModelError(
      `${where}: ${problem}; ${suggestion(type, Object.keys(layerTypes), 'the types are')}`,
    );
  }
  const values = readOptions(options, `${where}: ${type}`, where, layerType);
  const spec = explained(where, () => layerType.make(values));
  return { type: spec.type, build: (context) => explained(where, () => spec.build(context)) };
}

function readOptions(
  options: Readonly<Record<string, unknown>>,
  layer: string,
  where: string,
  { required, optional }: LayerType,
): Record<string, unknown> {
  const kinds = { ...required, ...optional };
  const missing = Object.keys(required).find((name) => !Object.hasOwn(options, name));
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(kinds, name));
  // a misspelt name is unknown and leaves the right one missing: the first is the more useful to be told
  if (unknown !== undefined) {
    const names = Object.keys(kinds);
    const allowed = names.length === 0 ? 'it has none' : suggestion(unknown, names, 'its options are');
    throw new ModelError(`${layer}: unknown option ${show(unknown)}; ${allowed}`);
  }
  if (missing !== undefined) {
    throw new ModelError(`${layer}: ${missing} is missing; it must be ${required[missing]!.expected}`);
  }
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => {
      const kind = kinds[name]!;
      const found = kind.read(value, (list) => readLayerList(list, `${where}.${name}`));
      if (found === undefined) {
        throw new ModelError(`${layer}: ${name} must be ${kind.expected}, got ${show(value)}`);
      }
      return [name, found];
    }),
  );
}

/** A layer's own complaints about sizes and ranges, with the position in front. */
function explained<T>(where: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof ShapeError || error instanceof RangeError)) throw error;
    throw new ModelError(`${where}: ${error.message}`, { cause: error });
  }
}

function suggestion(given: unknown, names: readonly string[], introduction: string): string {
  const question = typeof given === 'string' ? didYouMean(given, names) : '';
  return `${question}${introduction} ${names.join(', ')}`;
}

const shownLength = 60;

/** A value of JSON, cut off if it is long. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= shownLength ? text : `${text.slice(0, shownLength)}…`;
}
