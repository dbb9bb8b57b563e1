/** gpu.js in a mode without a GPU, `cpu` or `webasm`, with the matrix product from its own documentation. */
import { GPU, input } from 'gpu.js';
import { serveLibrary, versionOf } from './protocol.ts';

const [mode] = process.argv.slice(2);

await serveLibrary({
  start: async () => ({ version: `gpu.js ${versionOf('gpu.js')}` }),
  product(m, k, n, a, b) {
    const kernel = new GPU({ mode }).createKernel(
      `function (a, b) {
        let sum = 0;
        for (let i = 0; i < this.constants.k; i++) sum += a[this.thread.y][i] * b[i][this.thread.x];
        return sum;
      }`,
      { output: [n, m], constants: { k }, precision: 'single' },
    );
    const [left, right] = [input(a, [k, m]), input(b, [n, k])];
    let result;
    return {
      compute() {
        result = kernel(left, right);
        const ran = kernel.kernel.constructor.mode;
        if (ran !== mode) throw new Error(`gpu.js ran in mode ${ran}, not ${mode}`);
      },
      result: () => result.flatMap((row) => [...row]),
    };
  },
});
