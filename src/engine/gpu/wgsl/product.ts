/**
 * C [m, n] = A [m, k] · B [k, n], a tile of C for each workgroup:
 *
 *                       tile of B: `depth` × `columns`
 *                      ┌───────────────────────────────┐     A step brings `depth` columns of A and rows of B
 *                      │ ░ ░ ░ ░ ░ ░ ░ ░ ░ ░ ░ ░ ░ ░ ░ │     into workgroup memory, each number once, where all
 *                      └───────────────────────────────┘     threads find it. Then every thread takes, for each k
 *    tile of A:        ┌───────────────────────────────┐     of the step, its rows of A and its columns of B and
 *    `rows` ×   ┌───┐  │ ┌───┐   ┌───┐                 │     adds their outer product to its sums. These stay in
 *    `depth`    │ ░ │  │ │4×4│   │4×4│  the sums of    │     registers for the whole loop over k: 8 + 8 numbers serve
 *               │ ░ │  │ └───┘   └───┘  one thread, in │     64 multiply-adds.
 *               │ ░ │  │ ┌───┐   ┌───┐  blocks of 4×4  │
 *               │ ░ │  │ │4×4│   │4×4│                 │     A thread's blocks lie apart, so that neighbouring
 *               └───┘  │ └───┘   └───┘                 │     threads read neighbouring vectors.
 *                      └───────────────────────────────┘
 *
 * `slices` of threads share the terms of a step where a tile has few outputs, and add up in workgroup memory; `parts`
 * of workgroups share the steps, and a second kernel adds up (sum-parts.ts). Every sum is taken in an order that the
 * tile fixes, so that a product has the same bits each time.
 *
 * The code follows what Tint, the compiler in Chrome and Node, can prove: sizes are constants, loops step by one to a
 * constant, and tiles are indexed from the local index, so that no index needs a clamp and no loop a guard.
 */
import { bindingsOf, declare, type KernelBuffer, read, write } from './buffers.ts';
import { eachStored, type Epilogue, epilogueInputs, epilogueName, finish, storeWidth } from './epilogue.ts';
import { type TileLoad, tileLoad, tileStride } from './load.ts';
import type { Operand } from './operand.ts';
import type { ProductBuffer, ProductKernel, ProductKernels } from './product-kernel.ts';
import { components, format, range, when } from './source.ts';
import { sumPartsKernel } from './sum-parts.ts';
import { assertTile, limits, planSteps, type Tile, tileName, tileThreads } from './tile.ts';

export interface Product {
  /** The start of the kernels' names, which tells the operands: two products of one title have the same ones. */
  readonly title: string;
  readonly a: Operand;
  readonly b: Operand;
  readonly tile: Tile;
  readonly epilogue?: Epilogue;
}

/**
 * The kernels of a product: one, or two if the sum over k has parts. Buffers are a, b, then (of the last kernel) bias
 * and kept if the epilogue reads them, then c, then sums if it has column sums.
 *
 * @throws RangeError if the tile exceeds what WebGPU promises, or the product needs more than 65,535 tiles along an axis
 */
export function productKernels(product: Product): ProductKernels {
  const { title, a, b, tile, epilogue = {} } = product;
  const [m, n] = [a.size, b.size];
  assertTile(tile);
  if (epilogue.columnSums && b.contiguous === 'k') {
    throw new RangeError(`${title}: column sums need B stored as [k, n]`);
  }
  if (epilogue.columnSums && tileThreads(tile).all % (tile.columns / 4) !== 0) {
    throw new RangeError(`${title}: column sums need the same columns for a thread in all its loads`);
  }
  const first = new ProductCode({ ...product, epilogue }).kernel();
  if (tile.parts === 1) return { kernels: [first], scratch: 0 };
  const rows = scratchRows(m, epilogue);
  return {
    kernels: [first, sumPartsKernel({ m, n, parts: tile.parts, epilogue })],
    scratch: tile.parts * rows * n,
  };
}

/** Rows of each part: column sums are one more row below C. */
function scratchRows(m: number, { columnSums }: Epilogue): number {
  return columnSums ? m + 1 : m;
}

/** Vectors of workgroup memory: tiles of both operands; once these are used, sums of slices or columns. */
function memoryVectors({ a, b, tile, epilogue }: Product): number {
  const { depth } = planSteps(tile, a.depth);
  const tiles = depth * (tileStride(a, tile.rows) + tileStride(b, tile.columns));
  const { all } = tileThreads(tile);
  const slices = tile.slices > 1 ? (all * tile.threadRows * tile.threadColumns) / 4 : 0;
  return Math.max(tiles, slices, epilogue?.columnSums ? all : 0);
}

/** Bytes of workgroup memory, of which WebGPU promises 16 KiB. */
export function workgroupBytes(product: Product): number {
  return memoryVectors(product) * 16;
}

class ProductCode {
  readonly #product: Product & { readonly epilogue: Epilogue };
  readonly #m: number;
  readonly #n: number;
  readonly #threads: ReturnType<typeof tileThreads>;
  readonly #steps: ReturnType<typeof planSteps>;
  readonly #a: TileLoad;
  readonly #b: TileLoad;
  /** Where B's tile starts in workgroup memory. */
  readonly #bOffset: number;

  constructor(product: Product & { readonly epilogue: Epilogue }) {
    const { a, b, tile } = product;
    this.#product = product;
    this.#m = a.size;
    this.#n = b.size;
    this.#threads = tileThreads(tile);
    this.#steps = planSteps(tile, a.depth);
    const { depth, exact } = this.#steps;
    const common = { depth, exact, threads: this.#threads.all };
    this.#bOffset = depth * tileStride(a, tile.rows);
    this.#a = tileLoad({ ...common, operand: a, buffer: 'a', origin: 'row0', extent: tile.rows, offset: 0 });
    this.#b = tileLoad({
      ...common,
      operand: b,
      buffer: 'b',
      origin: 'column0',
      extent: tile.columns,
      offset: this.#bOffset,
    });
  }

  kernel(): ProductKernel {
    const { title, a, b, tile, epilogue } = this.#product;
    const [m, n] = [this.#m, this.#n];
    const groups = [Math.ceil(n / tile.columns), Math.ceil(m / tile.rows), tile.parts] as const;
    const bytes = workgroupBytes(this.#product);
    const name = `${title}_${m}x${n}x${a.depth}_${tileName(tile)}${epilogueName(epilogue)}`;
    if (bytes > limits.workgroupBytes) throw new RangeError(`${name}: ${bytes} bytes of workgroup memory`);
    if (Math.max(...groups) > limits.groups) throw new RangeError(`${name}: ${groups.join('×')} workgroups`);

    const split = tile.parts > 1;
    const reads: ProductBuffer[] = ['a', 'b', ...(split ? [] : epilogueInputs(epilogue))];
    const writes: ProductBuffer[] = split
      ? ['scratch']
      : ['c', ...(epilogue.columnSums ? ['sums' as const] : [])];
    const areVectors = { a: a.vectors, b: b.vectors };
    const typeOf = (buffer: ProductBuffer): KernelBuffer['type'] =>
      (buffer === 'a' || buffer === 'b' ? areVectors[buffer] : storeWidth(n) === 4) ? 'vec4f' : 'f32';
    const buffers = [
      ...reads.map((buffer) => read(buffer, typeOf(buffer))),
      ...writes.map((buffer) => write(buffer, typeOf(buffer))),
    ];
    const code = format([
      ...declare(buffers),
      `var<workgroup> memory: array<vec4f, ${bytes / 16}>;`,
      '',
      `@compute @workgroup_size(${this.#threads.all})`,
      'fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) t: u32) {',
      ...this.#places(),
      ...this.#loop(),
      ...(tile.slices > 1 ? this.#addSlices() : this.#storeSums()),
      ...(epilogue.columnSums ? this.#addColumnSums() : []),
      '}',
    ]);
    return {
      name,
      code,
      bindings: bindingsOf(name, buffers),
      buffers: [...reads, ...writes],
      groups,
    };
  }

  /** Where the tile lies in C, where the thread in its tile, and its sums. */
  #places(): string[] {
    const { tile, epilogue } = this.#product;
    const { slice, across } = this.#threads;
    return [
      `let row0 = group.y * ${tile.rows}u;`,
      `let column0 = group.x * ${tile.columns}u;`,
      ...(tile.slices > 1 ? [`let slice = t / ${slice}u;`] : []),
      `let down = t % ${slice}u / ${across}u;`,
      `let across = t % ${across}u;`,
      ...this.#a.prepare,
      ...this.#b.prepare,
      ...this.#sumNames().map((sum) => `var ${sum} = vec4f();`),
      ...(epilogue.columnSums ? ['var column_sum = vec4f();'] : []),
    ];
  }

  /** The sums of a thread, four neighbours of a row in each, in the order of #sumPlace. */
  #sumNames(): string[] {
    const { threadRows, threadColumns } = this.#product.tile;
    return range(threadRows).flatMap((r) => range(threadColumns / 4).map((j) => `sum${r}_${j}`));
  }

  #loop(): string[] {
    const { count, depth } = this.#steps;
    const { parts, prefetch } = this.#product.tile;
    const first = parts > 1 ? `group.z * ${count}u` : '0u';
    const termsOf = (step: string): string => `(${first} + ${step}) * ${depth}u`;
    const fetch = (step: string): string[] => [
      '{',
      `let k0 = ${termsOf(step)};`,
      ...this.#a.fetch('k0'),
      ...this.#b.fetch('k0'),
      '}',
    ];
    const share = [...this.#addLoadedColumns(), ...this.#a.store, ...this.#b.store, 'workgroupBarrier();'];
    const ahead = prefetch && count > 1;
    return [
      ...(ahead ? fetch('0u') : []),
      `for (var step = 0u; step < ${count}u; step++) {`,
      ...(ahead ? [] : fetch('step')),
      ...share,
      ...(ahead ? when([`step < ${count - 1}u`], fetch('step + 1u')) : []),
      ...this.#multiply(),
      'workgroupBarrier();',
      '}',
    ];
  }

  /** Adds the outer product of A's column and B's row to the sums, for each k of the step that this slice has. */
  #multiply(): string[] {
    const { depth } = this.#steps;
    const { slices, threadRows, threadColumns } = this.#product.tile;
    const { across, down } = this.#threads;
    const k = slices > 1 ? `(p * ${slices}u + slice)` : 'p';
    return [
      `for (var p = 0u; p < ${depth / slices}u; p++) {`,
      ...range(threadRows / 4).map(
        (i) => `let a_${i} = memory[${k} * ${this.#a.stride}u + down + ${i * down}u];`,
      ),
      ...range(threadColumns / 4).map(
        (j) =>
          `let b_${j} = memory[${this.#bOffset}u + ${k} * ${this.#b.stride}u + across + ${j * across}u];`,
      ),
      ...range(threadRows).flatMap((r) =>
        range(threadColumns / 4).map((j) => {
          const spread = `vec4f(a_${Math.floor(r / 4)}.${components[r % 4]})`;
          return `sum${r}_${j} = fma(${spread}, b_${j}, sum${r}_${j});`;
        }),
      ),
      '}',
    ];
  }

  /** Every thread always loads the same columns of B: their sums need one addition for each vector loaded. */
  #addLoadedColumns(): string[] {
    if (!this.#product.epilogue.columnSums) return [];
    return this.#b.registers.map((register) => `column_sum += ${register};`);
  }

  /** Row and column of C, from places within the tile. */
  #storeSums(): string[] {
    const { threadRows, threadColumns } = this.#product.tile;
    const { across, down } = this.#threads;
    return range(threadRows).flatMap((r) =>
      range(threadColumns / 4).flatMap((j) => [
        '{',
        `let row = row0 + (down + ${Math.floor(r / 4) * down}u) * 4u + ${r % 4}u;`,
        `let column = column0 + (across + ${j * across}u) * 4u;`,
        ...this.#store(`sum${r}_${j}`),
        '}',
      ]),
    );
  }

  /**
   * Puts the sums of all slices into workgroup memory, as [sum of the thread][slice][thread of the slice]; then each
   * thread adds up and stores some of the tile's outputs.
   */
  #addSlices(): string[] {
    const { slices, threadColumns } = this.#product.tile;
    const { all, slice, across, down } = this.#threads;
    const names = this.#sumNames();
    const outputs = names.length * slice;
    const perRow = threadColumns / 4;
    return [
      ...names.map((sum, index) => `memory[t + ${index * all}u] = ${sum};`),
      'workgroupBarrier();',
      ...range(Math.ceil(outputs / all)).flatMap((round) => {
        const statements = [
          `let sum = output / ${slice}u;`,
          `let thread = output % ${slice}u;`,
          'var total = vec4f();',
          `for (var s = 0u; s < ${slices}u; s++) {`,
          `total += memory[sum * ${all}u + s * ${slice}u + thread];`,
          '}',
          `let r = sum / ${perRow}u;`,
          `let row = row0 + (thread / ${across}u + r / 4u * ${down}u) * 4u + r % 4u;`,
          `let column = column0 + (thread % ${across}u + sum % ${perRow}u * ${across}u) * 4u;`,
          ...this.#store('total'),
        ];
        const left = outputs - round * all;
        // where fewer outputs than threads are left, the remainder keeps the index provably within the memory
        const output = left < all ? `(t + ${round * all}u) % ${outputs}u` : `t + ${round * all}u`;
        return ['{', `let output = ${output};`, ...when(left < all ? [`t < ${left}u`] : [], statements), '}'];
      }),
    ];
  }

  /** Stores four sums of a row: `row` and `column` are in scope. */
  #store(value: string): string[] {
    const { a, tile, epilogue } = this.#product;
    const [m, n] = [a.size, this.#n];
    const ends = { m, n, evenRows: m % tile.rows === 0, evenColumns: n % tile.columns === 0 };
    return eachStored({ value, row: 'row', column: 'column' }, ends, (part, column) => {
      if (tile.parts > 1) return [this.#storePart(part, 'row', column)];
      return finish(epilogue, n, { value: part, index: `row * ${n}u + ${column}`, column });
    });
  }

  #storePart(value: string, row: string, column: string): string {
    const rows = scratchRows(this.#m, this.#product.epilogue);
    const index = `(group.z * ${rows}u + ${row}) * ${this.#n}u + ${column}`;
    return storeWidth(this.#n) === 4
      ? `scratch[(${index}) / 4u] = ${value};`
      : `scratch[${index}] = ${value};`;
  }

  /** The workgroups of the first row of tiles add up what their threads have of each column, and store it. */
  #addColumnSums(): string[] {
    const { tile } = this.#product;
    const quads = tile.columns / 4;
    const { all } = this.#threads;
    const n = this.#n;
    const ends = { m: 1, n, evenRows: true, evenColumns: n % tile.columns === 0 };
    return [
      'workgroupBarrier();',
      'memory[t] = column_sum;',
      'workgroupBarrier();',
      ...when(
        [`group.y == 0u`, `t < ${quads}u`],
        [
          'var total = vec4f();',
          `for (var s = 0u; s < ${all / quads}u; s++) {`,
          `total += memory[s * ${quads}u + t % ${quads}u];`,
          '}',
          'let column = column0 + t * 4u;',
          ...eachStored({ value: 'total', row: '0u', column: 'column' }, ends, (part, place) => {
            if (tile.parts > 1) return [this.#storePart(part, `${this.#m}u`, place)];
            return [storeWidth(n) === 4 ? `sums[${place} / 4u] = ${part};` : `sums[${place}] = ${part};`];
          }),
        ],
      ),
    ];
  }
}
