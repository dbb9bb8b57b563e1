import type { MatmulForm, Operation } from '../../operation.ts';
import { Storage } from '../../tensor.ts';
import type { Launch } from '../kernel.ts';
import { launch } from '../launch.ts';
import { divide } from './indices.ts';
import { sumParts } from './parts.ts';

/**
 * Terms that one thread adds up. Longer sums are divided: some drivers end a thread's loops after 65,535 rounds, in
 * silence, and a float32 sum of many terms loses digits.
 */
const termsOfPart = 4096;

/** C [m, n] = A · B; one thread for each element, or for each part of its sum. */
export function matmul({ inputs, outputs, constants: form }: Operation<'matmul'>): Launch[] {
  const [m, n] = outputs.c.shape as readonly [number, number];
  const k = inputs.a.size / m;
  const storages = [inputs.a.storage, inputs.b.storage];
  const name = `matmul${form.transposeA ? ' Aᵀ' : ' A'}${form.transposeB ? 'Bᵀ' : 'B'}`;
  const sizes = { m, k, columns: n };
  const parts = Math.ceil(k / termsOfPart);
  if (parts === 1) {
    const fours = { fours: Math.floor(k / 4), rest: k % 4 };
    return [launch(name, wholeSums(form), { ...sizes, ...fours }, storages, outputs.c.storage)];
  }
  const partial = new Storage('float32', parts * outputs.c.size, null);
  return [
    launch(`parts of ${name}`, partialSums(form), { ...sizes, termsOfPart }, storages, partial),
    sumParts(partial, outputs.c.storage),
  ];
}

/**
 * The product of number `p` in the sum for row `i` and column `column`. Variables of a kernel are float32; `| 0` makes
 * the positions integers, which the device need not convert for every product.
 */
function product({ transposeA, transposeB }: MatmulForm, p: string): string {
  const a = transposeA ? `${p} * (this.constants.m | 0) + (i | 0)` : `(rowOfA | 0) + ${p}`;
  const b = transposeB ? `(rowOfB | 0) + ${p}` : `${p} * (this.constants.columns | 0) + (column | 0)`;
  return `a[${a}] * b[${b}]`;
}

/** Where the terms begin, if they lie side by side. */
const rows = `
  const rowOfA = i * this.constants.k;
  const rowOfB = column * this.constants.k;`;

/** Four terms in a round of the loop, which costs more than they do. */
function wholeSums(form: MatmulForm): string {
  const four = [0, 1, 2, 3].map((p) => product(form, `(4 * q + ${p})`));
  return `function (a, b) {
  ${divide('i', 'column', 'this.thread.x', 'this.constants.columns')}
  ${rows}
  let sum = 0;
  for (let q = 0; q < this.constants.fours; q++) {
    sum += ${four.join(' + ')};
  }
  for (let r = 0; r < this.constants.rest; r++) {
    sum += ${product(form, '(r + (this.constants.fours | 0) * 4)')};
  }
  return sum;
}`;
}

/** The parts of all sums, [parts, m, n]; the last part is short. */
function partialSums(form: MatmulForm): string {
  return `function (a, b) {
  ${divide('row', 'column', 'this.thread.x', 'this.constants.columns')}
  ${divide('part', 'i', 'row', 'this.constants.m')}
  ${rows}
  const start = part * this.constants.termsOfPart;
  let sum = 0;
  for (let q = 0; q < this.constants.termsOfPart; q++) {
    if (start + q < this.constants.k) {
      sum += ${product(form, '((start | 0) + q)')};
    }
  }
  return sum;
}`;
}
