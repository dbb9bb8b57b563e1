/**
 * What a product does with a sum before it stores it: adds bias[column], applies an activation, masks it by a tensor of
 * C's shape. Each saves a kernel of its own, which would read and write all of C.
 */
import type { ProductBuffer } from './product-kernel.ts';
import { components, when } from './source.ts';

export interface Epilogue {
  /** Adds bias[column], from a buffer [n]. */
  readonly bias?: boolean;
  /** A WGSL expression of a float, such as value ↦ `max(${value}, 0.0)`. */
  readonly activation?: (value: string) => string;
  /**
   * A WGSL expression of the element of another tensor [m, n] at the same place and the value: the gradient of an
   * activation, such as (kept, value) ↦ `select(0.0, ${value}, ${kept} > 0.0)`.
   */
  readonly mask?: (kept: string, value: string) => string;
  /**
   * Also writes the sums of B's columns [n], from the tiles of B that the product loads anyway. Where B is the gradient
   * of a layer's outputs, they are the gradient of its bias. B must be stored [k, n].
   */
  readonly columnSums?: boolean;
}

/** The buffers that the epilogue reads, in the order of the bindings. */
export function epilogueInputs({ bias, mask }: Epilogue): ProductBuffer[] {
  return [...(bias ? ['bias' as const] : []), ...(mask ? ['kept' as const] : [])];
}

/** The epilogue in the names of kernels. It has whole expressions, since two of them may differ in a constant. */
export function epilogueName({ bias, activation, mask, columnSums }: Epilogue): string {
  return [
    bias ? '_bias' : '',
    activation ? `_${activation('v')}` : '',
    mask ? `_${mask('kept', 'v')}` : '',
    columnSums ? '_sums' : '',
  ].join('');
}

/** How many neighbours of a row are stored at once: four if rows are whole vectors. */
export function storeWidth(n: number): 4 | 1 {
  return n % 4 === 0 ? 4 : 1;
}

/**
 * Statements that put a value through the epilogue and store it.
 *
 * @param value a vec4f or, if n is no multiple of 4, a float
 * @param index of the (first) element in C, in floats, as is `column` in its row
 */
export function finish(
  epilogue: Epilogue,
  n: number,
  { value, index, column }: { readonly value: string; readonly index: string; readonly column: string },
): string[] {
  const width = storeWidth(n);
  const at = (buffer: string, place: string): string =>
    width === 4 ? `${buffer}[(${place}) / 4u]` : `${buffer}[${place}]`;
  const each = (expression: (component: string) => string): string =>
    width === 4
      ? `vec4f(${components.map((component) => expression(`.${component}`)).join(', ')})`
      : expression('');
  const { bias, activation, mask } = epilogue;
  return [
    '{',
    `var v = ${value};`,
    ...(bias ? [`v += ${at('bias', column)};`] : []),
    ...(activation ? [`v = ${each((component) => activation(`v${component}`))};`] : []),
    ...(mask
      ? [
          `let kept_here = ${at('kept', index)};`,
          `v = ${each((component) => mask(`kept_here${component}`, `v${component}`))};`,
        ]
      : []),
    `${at('c', index)} = v;`,
    '}',
  ];
}

/**
 * Calls `store` for a vec4f of a row, from `column` on: once where rows are whole vectors, otherwise float by float.
 * Floats beyond the matrix are left out.
 */
export function eachStored(
  { value, row, column }: { readonly value: string; readonly row: string; readonly column: string },
  { m, n, evenRows, evenColumns }: { m: number; n: number; evenRows: boolean; evenColumns: boolean },
  store: (value: string, column: string) => string[],
): string[] {
  const withinRow = (place: string): string[] => (evenColumns ? [] : [`${place} < ${n}u`]);
  const statements =
    storeWidth(n) === 4
      ? when(withinRow(column), store(value, column))
      : components.flatMap((component, lane) => {
          const place = `${column} + ${lane}u`;
          return when(withinRow(place), store(`${value}.${component}`, place));
        });
  return when(evenRows ? [] : [`${row} < ${m}u`], statements);
}
