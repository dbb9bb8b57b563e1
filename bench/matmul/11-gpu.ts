/**
 * A GPU, with gpu.js, which translates a JavaScript function into the language of the device. The function computes one
 * element of C. There is a thread for each element, thousands run at a time, each with its own `this.thread.x`.
 *
 *     thread 0 → C[0, 0]      thread 1 → C[0, 1]      …      thread m·n − 1 → C[m − 1, n − 1]
 *
 * Of the three loops of the formula only the one over p is left; threads replace those over i and j. While some threads
 * wait for memory, others compute. This is how a GPU hides latency, and why it needs many threads. Neighbouring threads
 * read the same row of A and neighbouring columns of B, so their loads are side by side in memory.
 *
 * The cost: a thread loads two floats for each product and addition, all from the memory of the device, because gpu.js has
 * no memory that threads share. And each time both operands are copied to the device and the result back.
 */
import { openDevice } from '../../src/engine/gpu/device.ts';
import { divide } from '../../src/engine/gpu/kernels/indices.ts';
import { noAdapter } from './adapter.ts';
import type { Rung } from './rung.ts';

const source = `function (a, b) {
  ${divide('i', 'j', 'this.thread.x', 'this.constants.n')}
  let sum = 0;
  for (let p = 0; p < this.constants.k; p++) {
    sum += a[i * this.constants.k + p] * b[p * this.constants.n + j];
  }
  return sum;
}`;

export const gpu: Rung = {
  name: '11-gpu',
  family: 'gpu.js',
  idea: 'a GPU thread for each element',
  unavailable: noAdapter,
  async create({ m, k, n }) {
    const { gpu } = await openDevice();
    const kernel = { name: 'one output a thread', source, constants: { k, n }, length: m * n };
    let a: Float32Array = new Float32Array();
    let b: Float32Array = new Float32Array();
    let c: Float32Array = new Float32Array();
    return {
      load(fromA, fromB) {
        [a, b] = [fromA, fromB];
      },
      async run(times) {
        for (let time = 0; time < times; time++) {
          const [onDeviceA, onDeviceB] = [await gpu.upload(a), await gpu.upload(b)];
          const result = await gpu.run(kernel, [onDeviceA, onDeviceB]);
          c = await result.read();
          for (const array of [onDeviceA, onDeviceB, result]) array.delete();
        }
      },
      read: () => c,
      dispose: () => gpu.close(),
    };
  },
};
