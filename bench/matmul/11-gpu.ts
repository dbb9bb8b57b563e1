/**
 * A GPU, by way of gpu.js, which translates a JavaScript function to the language of the device. The function computes
 * one element of C; as many threads as C has elements run it, thousands at a time, each with its own `this.thread.x`.
 *
 *     thread 0 → C[0, 0]      thread 1 → C[0, 1]      …      thread m·n − 1 → C[m − 1, n − 1]
 *
 * Within it are the three loops of the formula, less two: those over i and j are the threads. While some wait for
 * memory, others compute: that is how a GPU hides latency, and why it needs so many of them. Neighbouring threads have
 * the same row of A and neighbouring columns of B, so that what they load lies side by side.
 *
 * What it costs: a thread loads two floats for each product and addition, all from the memory of the device, for gpu.js
 * has none that threads share. And the matrices travel: both operands to the device, the result back, each time.
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
