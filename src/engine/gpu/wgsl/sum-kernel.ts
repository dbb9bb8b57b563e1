/**
 * Sums over the rows of arrays [rows, columns]. Several sums may share one pass over the arrays:
 *
 *     sum[j] = Σᵢ term of (i, j)
 *
 * A term is a WGSL expression of elements of arrays: `x[at]` is element (i, j) of an array [rows, columns], and
 * `mean[column]` element j of an array [columns]. An `Element` is a number, or four of them in neighbouring columns.
 */
import { bindingsOf, declare, type KernelBuffer, read, write } from './buffers.ts';
import type { WgslKernel } from './kernel.ts';
import { reformat } from './source.ts';
import { shapeSum } from './sum-shape.ts';
import { addRowsOfWorkgroup } from './workgroup-sum.ts';

export interface RowSum {
  /** The name of the array [columns] that it fills. */
  readonly name: string;
  readonly term: string;
  /** An expression of the `sum` and of arrays [columns] that is stored; the sum itself if left out. */
  readonly result?: string;
}

export interface RowSums {
  /** The name of the operation, with its constants, for the names of the kernels. */
  readonly what: string;
  readonly rows: number;
  readonly columns: number;
  /** Names of the arrays that terms and results read. */
  readonly arrays: readonly string[];
  /** At most 4, since each takes a share of the workgroup's memory. */
  readonly sums: readonly RowSum[];
}

/** A dispatch, and the names of the arrays that its bindings take. */
export interface SumStep {
  readonly kernel: WgslKernel;
  readonly arrays: readonly string[];
}

export interface SumSteps {
  /** One step, or two where there are many rows. */
  readonly steps: readonly SumStep[];
  /** Length of the array `partials`, which the first step writes and the second reads; 0 if there is one step. */
  readonly partials: number;
}

export function sumRowsOf({ what, rows, columns, arrays, sums }: RowSums): SumSteps {
  const { parts, width } = shapeSum(rows, columns);
  /** Of each result. */
  const stores = sums.map(({ name, result = 'sum' }) => `${name}[column] = ${result};`);
  if (parts === 1) {
    const terms = sums.map(({ term }) => term);
    return {
      steps: [sumStep({ what, rows, columns, reads: arrays, terms, stores, writes: sums })],
      partials: 0,
    };
  }
  // [sums, parts, columns], in Elements
  const partialColumns = columns / width;
  const begin = (sum: number): string => `${sum * parts * partialColumns}u`;
  const ofParts = sumStep({
    what: `parts of ${what}`,
    rows,
    columns,
    reads: arrays,
    terms: sums.map(({ term }) => term),
    stores: sums.map((_, i) => `partials[${begin(i)} + part * ${partialColumns}u + column] = sum;`),
    writes: [{ name: 'partials' }],
  });
  const ofSums = sumStep({
    what: `${what}, of ${parts} parts of ${rows} rows`,
    rows: parts,
    columns,
    reads: ['partials', ...arrays],
    terms: sums.map((_, i) => `partials[${begin(i)} + at]`),
    stores,
    writes: sums,
  });
  return { steps: [ofParts, ofSums], partials: sums.length * parts * columns };
}

interface Step {
  readonly what: string;
  readonly rows: number;
  readonly columns: number;
  /** Arrays that terms and stores may read; those that none names are left out. */
  readonly reads: readonly string[];
  /** Expressions over `at` and `column`. */
  readonly terms: readonly string[];
  /** For each term, a statement over its `sum`, `part` and `column`. */
  readonly stores: readonly string[];
  readonly writes: readonly { readonly name: string }[];
}

function sumStep({ what, rows, columns, reads, terms, stores, writes }: Step): SumStep {
  const shape = shapeSum(rows, columns);
  const { width, threadColumns, threadRows, tiles, rowsOfThread, parts } = shape;
  const across = columns / width;
  const threads = threadColumns * threadRows;
  const element = width === 4 ? 'vec4f' : 'f32';
  const isRead = (array: string): boolean =>
    new RegExp(`\\b${array}\\[`).test([...terms, ...stores].join(' '));
  const buffers: KernelBuffer[] = [
    ...reads.filter(isRead).map((array) => read(array, element)),
    ...writes.map(({ name }) => write(name, element)),
  ];
  const name = `${what} ${rows}×${columns}`;
  // a thread beyond the last row reads the last row and does not add it, so that loads need not wait for a comparison
  const wholeParts = parts * threadRows * rowsOfThread === rows;
  const at = wholeParts ? 'row' : `min(row, ${rows - 1}u)`;
  const added = (term: string): string => (wholeParts ? term : `select(Element(0), ${term}, row < ${rows}u)`);
  const code = reformat(`alias Element = ${element};
${declare(buffers).join('\n')}

${terms.map((_, i) => `var<workgroup> sums${i}: array<Element, ${threads}>;`).join('\n')}

@compute @workgroup_size(${threads})
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) workgroup: vec3u) {
  let part = workgroup.y;
  let ownColumn = workgroup.x * ${threadColumns}u + thread % ${threadColumns}u;
  // the last tile may be wider than the rest of the columns
  let column = min(ownColumn, ${across - 1}u);
  let firstRow = part * ${threadRows * rowsOfThread}u + thread / ${threadColumns}u;
  ${terms.map((_, i) => `var sum${i} = Element(0);`).join('\n')}
  for (var i = 0u; i < ${rowsOfThread}u; i++) {
    let row = firstRow + i * ${threadRows}u;
    let at = ${at} * ${across}u + column;
    ${terms.map((term, i) => `sum${i} += ${added(term)};`).join('\n')}
  }
  ${terms.map((_, i) => `sums${i}[thread] = sum${i};`).join('\n')}
  ${addRowsOfWorkgroup(
    terms.map((_, i) => `sums${i}`),
    threadRows,
    threadColumns,
  )}
  if (thread < ${threadColumns}u && ownColumn < ${across}u) {
    ${stores.map((store, i) => `{\nlet sum = sums${i}[thread];\n${store}\n}`).join('\n')}
  }
}`);
  const kernel = { name, code, bindings: bindingsOf(name, buffers), groups: [tiles, parts, 1] as const };
  return { kernel, arrays: buffers.map((buffer) => buffer.name) };
}
