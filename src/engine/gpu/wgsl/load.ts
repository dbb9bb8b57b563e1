/**
 * Brings one operand's part of a tile from its buffer into workgroup memory, as zeros where the operand ends.
 *
 * In workgroup memory it lies as [k][x], four neighbours along x in a vec4f, however it is stored, so that a thread
 * finds its rows or columns of one k in few vectors. Each thread loads some *items*, whose places are fixed before
 * the loop, in neighbouring threads for neighbours in memory. There are three kinds of items:
 *
 * - stored along x, in vectors: a vec4f is copied;
 * - stored along k, in vectors: a block of 4 × 4 is turned in registers, from four rows of k to four rows of x;
 * - otherwise: four floats are gathered one by one.
 */
import type { Operand } from './operand.ts';
import { components, when } from './source.ts';

export interface TileLoad {
  /** From one k to the next in workgroup memory, in vec4f. */
  readonly stride: number;
  /** Statements before the loop: places of this thread's items, and registers for them. */
  readonly prepare: string[];
  /** From the buffer into registers, for the terms from `k0` on. */
  fetch(k0: string): string[];
  /** From registers into workgroup memory. */
  readonly store: string[];
  /** The registers that hold vectors of neighbours along x, if an item is such a vector. */
  readonly registers: readonly string[];
}

export interface TileLoadOptions {
  readonly operand: Operand;
  /** Name of the buffer, and start of all names here. */
  readonly buffer: string;
  /** Name of the first place of the tile along x, and how many there are. */
  readonly origin: string;
  readonly extent: number;
  /** Terms of a step, and whether all of them exist in every step. */
  readonly depth: number;
  readonly exact: boolean;
  readonly threads: number;
  /** Where the tile starts in workgroup memory, in vec4f. */
  readonly offset: number;
}

/**
 * Vectors from one k to the next. Neighbouring threads that walk along k store to different rows of the tile; in
 * rows of an odd number of vectors, these are in different banks of the memory.
 */
export function tileStride(operand: Operand, extent: number): number {
  return operand.contiguous === 'k' ? extent / 4 + 1 - ((extent / 4) % 2) : extent / 4;
}

export function tileLoad(options: TileLoadOptions): TileLoad {
  const { operand, buffer, origin, extent, depth, threads, offset } = options;
  const stride = tileStride(operand, extent);
  const blocks = operand.vectors && operand.contiguous === 'k';
  const quads = extent / 4;
  const count = blocks ? (quads * depth) / 4 : quads * depth;
  const items = Array.from({ length: Math.ceil(count / threads) }, (_, index) => ({
    name: `${buffer}${index}`,
    first: index * threads,
    // the last threads may have no item left
    partial: (index + 1) * threads > count,
  }));
  const registersOf = (name: string): string[] =>
    blocks ? components.map((component) => `${name}_${component}`) : [name];

  const prepare = items.flatMap(({ name, first }) => [
    `let ${name}_item = t + ${first}u;`,
    ...itemPlace(name),
    ...components.slice(0, operand.vectors && !blocks ? 1 : 4).flatMap((component, lane) => {
      const x = `${name}_x${component}`;
      return [`let ${x} = ${origin} + ${name}_quad * 4u + ${lane}u;`, ...operand.place(x)];
    }),
    ...registersOf(name).map((register) => `var ${register} = vec4f();`),
  ]);

  /** Which quad of places and which k an item is. */
  function itemPlace(name: string): string[] {
    const item = `${name}_item`;
    if (blocks) {
      // two neighbours along k first: together they are 32 bytes, the least that a GPU reads
      const pair = (depth / 4) % 2 === 0 ? 2 : 1;
      return [
        `let ${name}_quad = ${item} / ${pair}u % ${quads}u;`,
        `let ${name}_k = (${item} / ${pair * quads}u * ${pair}u + ${item} % ${pair}u) * 4u;`,
      ];
    }
    if (operand.contiguous === 'k') {
      return [`let ${name}_quad = ${item} / ${depth}u;`, `let ${name}_k = ${item} % ${depth}u;`];
    }
    return [`let ${name}_quad = ${item} % ${quads}u;`, `let ${name}_k = ${item} / ${quads}u;`];
  }

  const withinSize = (x: string): string[] =>
    operand.size % extent === 0 ? [] : [`${x} < ${operand.size}u`];
  const withinDepth = (k: string): string[] => (options.exact ? [] : [`${k} < ${operand.depth}u`]);

  function fetchItem({ name, partial }: (typeof items)[number], k0: string): string[] {
    const k = `${name}_kk`;
    const common = [...(partial ? [`${name}_item < ${count}u`] : []), ...withinDepth(k)];
    const load = (register: string, component: (typeof components)[number], whole: boolean): string[] => {
      const x = `${name}_x${component}`;
      const conditions = [...withinSize(x), ...operand.inside(x, k)];
      const index = operand.index(x, k);
      const assign = whole
        ? `${register} = ${buffer}[(${index}) / 4u];`
        : `${register}.${component} = ${buffer}[${index}];`;
      return when(conditions, [assign]);
    };
    const registers = registersOf(name);
    return [
      '{',
      `let ${k} = ${k0} + ${name}_k;`,
      ...operand.step(k),
      ...registers.map((register) => `${register} = vec4f();`),
      ...when(
        common,
        operand.vectors
          ? registers.flatMap((register, lane) => load(register, components[lane]!, true))
          : components.flatMap((component) => load(name, component, false)),
      ),
      '}',
    ];
  }

  function storeItem({ name, partial }: (typeof items)[number]): string[] {
    const place = (k: string): string => `memory[${offset}u + ${k} * ${stride}u + ${name}_quad]`;
    const stores = blocks
      ? components.map((component, row) => {
          const turned = registersOf(name).map((register) => `${register}.${component}`);
          return `${place(`(${name}_k + ${row}u)`)} = vec4f(${turned.join(', ')});`;
        })
      : [`${place(`${name}_k`)} = ${name};`];
    return when(partial ? [`${name}_item < ${count}u`] : [], stores);
  }

  return {
    stride,
    prepare,
    fetch: (k0) => items.flatMap((item) => fetchItem(item, k0)),
    store: items.flatMap(storeItem),
    registers: blocks ? [] : items.map(({ name }) => name),
  };
}
