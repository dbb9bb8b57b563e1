import { didYouMean } from '../closest.ts';
import { InputError } from '../input-error.ts';
import type { LayerType } from '../layers/define-layer.ts';
import type { LayerDescription, LayerSpec } from '../layers/layer.ts';
import { showValue } from '../show-value.ts';
import { ShapeError } from '../tensor/shape.ts';
import { layerTypes } from './layer-types.ts';

/** A mistake in the description of a network. The message, one line, says where it is and what is allowed. */
export class ModelError extends InputError {
  override readonly name = 'ModelError';
}

/** Far more than any network has; each level takes a part of the stack. */
const maxDepth = 32;

/**
 * The layers that a list of descriptions stands for. The list may come from outside: all of it is checked.
 *
 * @param where what messages begin with: `net.json: layers`
 * @param depth how many layers the list is inside of
 * @throws ModelError; so does a layer when it is built, if it does not fit the one before it
 */
export function readLayerList(list: unknown, where: string, depth = 0): LayerSpec[] {
  if (depth > maxDepth) {
    throw new ModelError(
      `${where}: layers inside layers, more than ${maxDepth} deep: put the blocks one after the other`,
    );
  }
  if (!Array.isArray(list)) throw new ModelError(`${where} must be a list of layers, got ${showValue(list)}`);
  return list.map((description, index) => readLayer(description, `${where}[${index}]`, depth));
}

function readLayer(description: unknown, where: string, depth: number): LayerSpec {
  if (typeof description !== 'object' || description === null || Array.isArray(description)) {
    throw new ModelError(
      `${where}: a layer is an object like {"type": "relu"}, got ${showValue(description)}`,
    );
  }
  const { type, ...options } = description as LayerDescription;
  const layerType = layerTypes.find((candidate) => candidate.type === type);
  if (layerType === undefined) {
    const problem = type === undefined ? '"type" is missing' : `unknown type ${showValue(type)}`;
    const types = layerTypes.map((candidate) => candidate.type);
    throw new ModelError(`${where}: ${problem}; ${suggestion(type, types, 'the types are')}`);
  }
  const values = decodeOptions(layerType, options, { where, depth });
  const spec = explained(where, () => layerType.spec(values as never)); // which checks them
  return { ...spec, build: (context) => explained(where, () => spec.build(context)) };
}

/** The values for the layer that the options of a description stand for. */
function decodeOptions(
  { type, options: table }: LayerType,
  options: Readonly<Record<string, unknown>>,
  { where, depth }: { readonly where: string; readonly depth: number },
): Record<string, unknown> {
  const names = Object.keys(table);
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  // a misspelt name is unknown and leaves the right one missing: the first is the more useful to be told
  if (unknown !== undefined) {
    const allowed = names.length === 0 ? 'it has none' : suggestion(unknown, names, 'its options are');
    throw new ModelError(`${where}: ${type}: unknown option ${showValue(unknown)}; ${allowed}`);
  }
  const missing = names.find((name) => table[name]!.required && !Object.hasOwn(options, name));
  if (missing !== undefined) {
    const { expected } = table[missing]!.kind;
    throw new ModelError(`${where}: ${type}: ${missing} is missing; it must be ${expected}`);
  }
  return Object.fromEntries(
    Object.entries(options).map(([name, json]) => {
      const value = table[name]!.kind.decode(json, (list) =>
        readLayerList(list, `${where}.${name}`, depth + 1),
      );
      return [name, value];
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
