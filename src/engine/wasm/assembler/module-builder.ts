import { joined, sized, text, unsigned, vector } from './bytes.ts';
import { FunctionBuilder } from './function-builder.ts';
import { type ValueType, valueTypeCodes } from './instructions.ts';

/** Limits of the imported memory, in pages of 64 KiB. */
export interface MemoryLimits {
  readonly initial: number;
  readonly maximum: number;
  readonly shared: boolean;
}

const magicAndVersion = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const sections = { custom: 0, type: 1, import: 2, function: 3, export: 7, code: 10 } as const;
const kinds = { function: 0x00, memory: 0x02 } as const;

/**
 * Builds a WebAssembly module (specification, section 5, "Binary Format"): functions, an imported memory,
 * exports. It knows nothing of matrices.
 */
export class ModuleBuilder {
  readonly #functions: FunctionBuilder[] = [];
  readonly #exports: FunctionBuilder[] = [];
  readonly #memory: MemoryLimits | null;
  readonly #label: string;
  readonly #isListed: boolean;

  /**
   * @param memory the memory that is imported as `env.memory`, if any
   * @param label goes into the module as a custom section. V8 keeps compiled code by the bytes of the module, so it
   *     compiles the same functions again if the label differs
   * @param isListed whether functions keep their text for `print`, which takes half of the time to build them
   */
  constructor(memory: MemoryLimits | null, label = '', isListed = true) {
    this.#memory = memory;
    this.#isListed = isListed;
    this.#label = label;
  }

  /** A new function; `export: true` makes it callable from JavaScript under its name. */
  function(
    name: string,
    parameters: readonly (readonly [string, ValueType])[],
    options: { readonly results?: readonly ValueType[]; readonly export?: boolean } = {},
  ): FunctionBuilder {
    const { results = [] } = options;
    const built = new FunctionBuilder(name, this.#functions.length, parameters, results, this.#isListed);
    this.#functions.push(built);
    if (options.export) this.#exports.push(built);
    return built;
  }

  /** The function with this name, which is built where it is needed first. */
  once(name: string, build: () => FunctionBuilder): FunctionBuilder {
    return this.#functions.find((built) => built.name === name) ?? build();
  }

  encode(): Uint8Array<ArrayBuffer> {
    const types = vector(
      this.#functions.map(({ parameters, results }) => [0x60, ...typeList(parameters), ...typeList(results)]),
    );
    const code = this.#functions.map((built) => built.encode());
    return joined([
      magicAndVersion,
      section(sections.type, types),
      this.#memory ? section(sections.import, vector([importedMemory(this.#memory)])) : [],
      section(sections.function, vector(this.#functions.map(({ index }) => unsigned(index)))),
      section(
        sections.export,
        vector(this.#exports.map(({ name, index }) => [...text(name), kinds.function, ...unsigned(index)])),
      ),
      section(sections.code, joined([unsigned(code.length), ...code])),
      section(sections.custom, [...text('name'), ...functionNames(this.#functions)]),
      this.#label ? section(sections.custom, [...text('weft'), ...text(this.#label)]) : [],
    ]);
  }

  /** All functions as indented text. */
  print(): string {
    return this.#functions.map((built) => built.print()).join('\n\n');
  }
}

function section(id: number, content: ArrayLike<number>): Uint8Array {
  return joined([[id], unsigned(content.length), content]);
}

function typeList(types: readonly ValueType[]): number[] {
  return vector(types.map((type) => [valueTypeCodes[type]]));
}

function importedMemory({ initial, maximum, shared }: MemoryLimits): number[] {
  const flags = shared ? 0x03 : 0x01; // bit 0: has a maximum; bit 1: shared
  return [...text('env'), ...text('memory'), kinds.memory, flags, ...unsigned(initial), ...unsigned(maximum)];
}

/** The subsection of the `name` section that holds the functions' names, for profilers and stack traces. */
function functionNames(functions: readonly FunctionBuilder[]): number[] {
  const subsection = 1;
  return [
    subsection,
    ...sized(vector(functions.map(({ index, name }) => [...unsigned(index), ...text(name)]))),
  ];
}
