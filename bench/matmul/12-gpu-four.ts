/**
 * On a GPU, four outputs a thread: four neighbours in a row of C, which gpu.js lets a kernel return as `[w, x, y, z]`. The
 * number of A that they share is loaded once for all four.
 *
 *              b₀ b₁ b₂ b₃        Each round of p loads 1 number of A and 4 of B, for 4 products and additions:
 *             ┌───────────┐       5 loads for 4, where a thread for one output needs 8. Counting and comparing in the
 *          a  │  4 sums   │       loop is shared by four, too.
 *             └───────────┘
 *
 * This is the register tile of the CPU kernels again, as large as gpu.js allows. There are a quarter as many threads, so
 * small products keep fewer cores of the device busy. If n is not a multiple of 4, the columns after the last one are
 * computed from whatever WebGPU reads there, and dropped.
 */
import { openDevice } from '../../src/engine/gpu/device.ts';
import { divide } from '../../src/engine/gpu/kernels/indices.ts';
import { noAdapter } from './adapter.ts';
import type { Rung } from './rung.ts';

const source = `function (a, b) {
  ${divide('i', 'quad', 'this.thread.x', 'this.constants.quads')}
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  for (let p = 0; p < this.constants.k; p++) {
    const x = a[i * this.constants.k + p];
    const at = p * this.constants.n + quad * 4;
    sum0 += x * b[at];
    sum1 += x * b[at + 1];
    sum2 += x * b[at + 2];
    sum3 += x * b[at + 3];
  }
  return [sum0, sum1, sum2, sum3];
}`;

export const gpuFour: Rung = {
  name: '12-gpu-four',
  family: 'gpu.js',
  idea: 'four outputs for each GPU thread',
  unavailable: noAdapter,
  async create({ m, k, n }) {
    const { gpu } = await openDevice();
    const quads = Math.ceil(n / 4);
    const kernel = { name: 'four outputs a thread', source, constants: { k, n, quads }, length: m * quads };
    let a: Float32Array = new Float32Array();
    let b: Float32Array = new Float32Array();
    let rows: Float32Array = new Float32Array();
    return {
      load(fromA, fromB) {
        [a, b] = [fromA, fromB];
      },
      async run(times) {
        for (let time = 0; time < times; time++) {
          const [onDeviceA, onDeviceB] = [await gpu.upload(a), await gpu.upload(b)];
          const result = await gpu.run(kernel, [onDeviceA, onDeviceB]);
          rows = await result.read();
          for (const array of [onDeviceA, onDeviceB, result]) array.delete();
        }
      },
      read() {
        const c = new Float32Array(m * n);
        for (let i = 0; i < m; i++) c.set(rows.subarray(4 * quads * i, 4 * quads * i + n), i * n);
        return c;
      },
      dispose: () => gpu.close(),
    };
  },
};
