/**
 * Different kernels for one product, C [m, n] = A · B. They differ in how much one thread does. Which is fastest
 * depends on the device and on the sizes. All read the operands from the memory of the device, since gpu.js has no
 * memory that threads share.
 */
import type { MatmulForm } from '../../../tensor/operation.ts';
import { Storage } from '../../../tensor/tensor.ts';
import type { Launch } from './kernel.ts';
import { launch } from './launch.ts';
import { divide } from './indices.ts';
import { sumParts } from './parts.ts';

/** C [m, n] = A [m, k] · B [k, n]; a transposed operand is stored as [k, m] or [n, k]. */
export interface Product extends MatmulForm {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/** The operands and the result. */
export interface ProductStorage {
  readonly a: Storage;
  readonly b: Storage;
  readonly c: Storage;
}

/**
 * - `one`: a thread for each element, with one term of its sum in each round of the loop;
 * - `unrolled`: the same with four terms in each round;
 * - `split-k`: a thread for each part of the sum of an element; a second kernel adds up the parts. It is for long
 *   sums, and for products with too few elements to keep the device busy.
 */
export const matmulVariants = ['one', 'unrolled', 'split-k'] as const;
export type MatmulVariant = (typeof matmulVariants)[number];

type Lowering = (what: string, product: Product, storages: ProductStorage) => Launch[];

const lowerings: { readonly [V in MatmulVariant]: Lowering } = {
  one(what, product, { a, b, c }) {
    return [launch(what, one(product), sizesOf(product), [a, b], c)];
  },

  unrolled(what, product, { a, b, c }) {
    return [launch(what, unrolled(product), { ...sizesOf(product), ...fours(product.k) }, [a, b], c)];
  },

  'split-k'(what, product, { a, b, c }) {
    const termsOfPart = partLength(product);
    const parts = Math.ceil(product.k / termsOfPart);
    const partial = new Storage('float32', parts * product.m * product.n, null);
    const partSizes = { parts, termsOfPart, foursOfPart: termsOfPart / 4 };
    const constants = { ...sizesOf(product), ...fours(product.k), ...partSizes };
    return [launch(what, partialSums(product), constants, [a, b], partial), sumParts(partial, c)];
  },
};

export function matmulLaunches(variant: MatmulVariant, product: Product, storages: ProductStorage): Launch[] {
  const form = `${product.transposeA ? 'Aᵀ' : 'A'}${product.transposeB ? 'Bᵀ' : 'B'}`;
  return lowerings[variant](`matmul ${form} ${variant}`, product, storages);
}

function sizesOf({ m, k, n }: Product): { m: number; k: number; columns: number } {
  return { m, k, columns: n };
}

/** Statements that sum `length` terms: four in each round, then the rest. */
function fours(length: number): { fours: number; rest: number } {
  return { fours: Math.floor(length / 4), rest: length % 4 };
}

/** Threads that keep a GPU busy. */
const busy = 2 ** 14;
/** Terms of a part. Fewer are not worth a second launch; with more, a sum in float32 loses digits. */
const [fewestTerms, mostTerms] = [128, 4096];

/** How many terms `split-k` gives to a thread, a multiple of 4. */
function partLength({ m, k, n }: Product): number {
  const wanted = Math.min(Math.ceil(busy / (m * n)), Math.floor(k / fewestTerms));
  const parts = Math.max(wanted, Math.ceil(k / mostTerms));
  return 4 * Math.ceil(k / parts / 4);
}

/**
 * The variant where nothing is measured. It is `split-k` if the sums are long and there are too few elements for all
 * threads, or if a sum is too long for one thread: some drivers silently end a loop after 65,535 rounds.
 */
export function usualVariant({ m, k, n }: Product): MatmulVariant {
  const fewLongSums = m * n < busy && k >= 8 * fewestTerms;
  return fewLongSums || k > mostTerms ? 'split-k' : 'unrolled';
}

/** The variants that may be chosen for a product: for the longest sums, parts are the only one. */
export function possibleVariants({ k }: Product): readonly MatmulVariant[] {
  return k > mostTerms ? ['split-k'] : matmulVariants;
}

/**
 * Term number `p` of the sum for row `i` and column `column`. Variables of a kernel are float32; `| 0` makes the
 * positions integers, so that the device need not convert them for each multiplication.
 */
function term({ transposeA, transposeB }: MatmulForm, p: string): string {
  const a = transposeA ? `${p} * (this.constants.m | 0) + (i | 0)` : `(rowOfA | 0) + ${p}`;
  const b = transposeB ? `(rowOfB | 0) + ${p}` : `${p} * (this.constants.columns | 0) + (column | 0)`;
  return `a[${a}] * b[${b}]`;
}

/** Where the terms begin, if they lie one after the other in memory. */
const rows = `
  const rowOfA = i * this.constants.k;
  const rowOfB = column * this.constants.k;`;

function one(form: MatmulForm): string {
  return `function (a, b) {
  ${divide('i', 'column', 'this.thread.x', 'this.constants.columns')}
  ${rows}
  let sum = 0;
  for (let p = 0; p < this.constants.k; p++) {
    sum += ${term(form, 'p')};
  }
  return sum;
}`;
}

/** A round of the loop costs more than a term, so each round has four terms. */
function unrolled(form: MatmulForm): string {
  const terms = [0, 1, 2, 3].map((p) => term(form, `(4 * q + ${p})`));
  return `function (a, b) {
  ${divide('i', 'column', 'this.thread.x', 'this.constants.columns')}
  ${rows}
  let sum = 0;
  for (let q = 0; q < this.constants.fours; q++) {
    sum += ${terms.join(' + ')};
  }
  for (let r = 0; r < this.constants.rest; r++) {
    sum += ${term(form, '(r + (this.constants.fours | 0) * 4)')};
  }
  return sum;
}`;
}

/** The parts of all sums, [parts, m, n]; the last part is short, and takes the terms that four do not divide. */
function partialSums(form: MatmulForm): string {
  const terms = [0, 1, 2, 3].map((p) => term(form, `((start | 0) + 4 * q + ${p})`));
  return `function (a, b) {
  ${divide('row', 'column', 'this.thread.x', 'this.constants.columns')}
  ${divide('part', 'i', 'row', 'this.constants.m')}
  ${rows}
  const start = part * this.constants.termsOfPart;
  let sum = 0;
  for (let q = 0; q < this.constants.foursOfPart; q++) {
    if (start + 4 * q + 3 < this.constants.k) {
      sum += ${terms.join(' + ')};
    }
  }
  if (part === this.constants.parts - 1) {
    for (let r = 0; r < this.constants.rest; r++) {
      sum += ${term(form, '(r + (this.constants.fours | 0) * 4)')};
    }
  }
  return sum;
}`;
}
