/**
 * On a GPU, with the matrices left in its memory. In training, the operands of a product are results of others, and its own
 * result goes into the next one: only the images at the start and the loss at the end are copied. So here only the product
 * itself is timed, with A, B and C in the memory of the device.
 *
 *     host     A, B ──┐                              ┌── C, when it is asked for
 *              ───────┼──────────────────────────────┼────────
 *     device          └─→  product, product, product ┘           what is timed
 *
 * A product of n × n matrices takes 2n³ operations and copies 3n² numbers. The larger n, the smaller the share of the
 * copies, so a GPU that is slower for 64 can be faster for 1024. The host submits products without waiting for each. It
 * waits at the end, and now and then before, because the device frees deleted arrays only while the host waits.
 */
import type { DeviceArray } from '../../src/engine/gpu/gpu-js.ts';
import { openDevice } from '../../src/engine/gpu/device.ts';
import { divide } from '../../src/engine/gpu/kernels/indices.ts';
import { noAdapter } from './adapter.ts';
import type { Rung } from './rung.ts';

/** Four outputs a thread: rows of C are padded to a multiple of four columns. */
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

const productsWithoutWaiting = 25;

export const gpuResident: Rung = {
  name: '13-gpu-resident',
  family: 'gpu.js',
  idea: 'matrices stay on the device',
  unavailable: noAdapter,
  async create({ m, k, n }) {
    const { gpu } = await openDevice();
    const quads = Math.ceil(n / 4);
    const kernel = { name: 'four outputs a thread', source, constants: { k, n, quads }, length: m * quads };
    let operands: DeviceArray[] = [];
    let result: DeviceArray | null = null;
    return {
      async load(a, b) {
        operands = [await gpu.upload(a), await gpu.upload(b)];
      },
      async run(times) {
        for (let time = 1; time <= times; time++) {
          result?.delete();
          result = await gpu.run(kernel, operands);
          if (time === times || time % productsWithoutWaiting === 0) await gpu.finish();
        }
      },
      async read() {
        const rows = await result!.read();
        const c = new Float32Array(m * n);
        for (let i = 0; i < m; i++) c.set(rows.subarray(4 * quads * i, 4 * quads * i + n), i * n);
        return c;
      },
      dispose: () => gpu.close(),
    };
  },
};
