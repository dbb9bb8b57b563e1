/**
 * A layer is declared once, in its own file: the name of its type in model files, its options with their checks, and
 * the layer that they build. `src/model/layer-types.ts` lists the declarations, a line each.
 *
 * Its cost and its ONNX form are not declared: both follow from the operations that its forward pass writes, which
 * `src/model/costs.ts` counts and `src/model/onnx/onnx-ops.ts` translates.
 */
import { unknownOption } from '../check-options.ts';
import { showValue } from '../show-value.ts';
import type { BuildContext, Layer, LayerSpec } from './layer.ts';
import type { Option } from './options.ts';

/** One option for each of `Options`: required where the interface requires it. */
type OptionTable<Options> = {
  readonly [Name in keyof Options]-?: Option<Exclude<Options[Name], undefined>> & {
    readonly required: undefined extends Options[Name] ? false : true;
  };
};

interface Declaration<Options> {
  /** `dense`: its name in model files, and the beginning of the names of built layers, `dense_1`. */
  readonly type: string;
  readonly options: NoInfer<OptionTable<Options>>;
  /** The layer for an input. Its options have passed their checks. @throws ShapeError if the input does not fit */
  build(options: Options, context: BuildContext): Layer;
}

/** A type of layer; `LayerType` without options is any of them. */
export interface LayerType<Options = never> {
  readonly type: string;
  readonly options: Readonly<Record<string, Option>>;
  /** A layer of this type, which `sequential` builds. @throws RangeError that names the option and its value */
  spec(options: Options): LayerSpec;
}

/** Makes a type of layer from its declaration. */
export function defineLayer<Options extends object>(declaration: Declaration<Options>): LayerType<Options> {
  const { type } = declaration;
  const table: Readonly<Record<string, Option<unknown>>> = declaration.options;
  return {
    type,
    options: table,
    spec(options) {
      checkOptions(type, table, options);
      return {
        type,
        describe: () => ({ type, ...describeOptions(type, table, options) }),
        build: (context) => declaration.build(options, context),
      };
    },
  };
}

function checkOptions(type: string, table: Readonly<Record<string, Option<unknown>>>, options: object): void {
  const values = options as Readonly<Record<string, unknown>>;
  const names = Object.keys(table);
  const unknown = Object.keys(values).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new RangeError(`${type}: ${unknownOption(unknown, names)}`);
  for (const [name, { kind, required }] of Object.entries(table)) {
    const value = values[name];
    if (value === undefined && !required) continue;
    if (!kind.accepts(value)) {
      throw new RangeError(`${type}: ${name} must be ${kind.expected}, got ${showValue(value)}`);
    }
  }
}

/** The options that were given, as JSON. */
function describeOptions(
  type: string,
  table: Readonly<Record<string, Option<unknown>>>,
  options: object,
): Record<string, unknown> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  try {
    return Object.fromEntries(given.map(([name, value]) => [name, table[name]!.kind.encode(value)]));
  } catch (error) {
    throw new RangeError(`${type}: ${(error as Error).message}`, { cause: error });
  }
}
