import type { Operation } from '../../operation.ts';
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
export function matmul({ inputs: { a, b }, outputs: { c }, constants }: Operation<'matmul'>): Launch[] {
  const [m, n] = c.shape as readonly [number, number];
  const k = a.size / m;
  const parts = Math.ceil(k / termsOfPart);
  const atA = constants.transposeA ? 'p * this.constants.m + i' : 'i * this.constants.k + p';
  const atB = constants.transposeB ? 'column * this.constants.k + p' : 'p * this.constants.columns + column';
  const form = `${constants.transposeA ? 'ᵀ' : ''}·${constants.transposeB ? 'ᵀ' : ''}`;
  const sizes = { m, k, columns: n };
  const storages = [a.storage, b.storage];
  if (parts === 1) {
    const source = `function (a, b) {
      ${divide('i', 'column', 'this.thread.x', 'this.constants.columns')}
      let total = 0;
      for (let p = 0; p < this.constants.k; p++) {
        total += a[${atA}] * b[${atB}];
      }
      return total;
    }`;
    return [launch(`matmul ${form}`, source, sizes, storages, c.storage)];
  }
  // the rows of C, once for each part
  const source = `function (a, b) {
    ${divide('row', 'column', 'this.thread.x', 'this.constants.columns')}
    ${divide('part', 'i', 'row', 'this.constants.m')}
    let total = 0;
    for (let q = 0; q < this.constants.termsOfPart; q++) {
      const p = part * this.constants.termsOfPart + q;
      if (p < this.constants.k) {
        total += a[${atA}] * b[${atB}];
      }
    }
    return total;
  }`;
  const partial = new Storage('float32', parts * c.size, null);
  return [
    launch(`parts of matmul ${form}`, source, { ...sizes, termsOfPart }, storages, partial),
    sumParts(partial, c.storage),
  ];
}
