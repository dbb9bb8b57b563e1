/** ml-matrix: matrix products in plain JavaScript, in float64. */
import { Matrix } from 'ml-matrix';
import { serveLibrary, versionOf } from './protocol.ts';

await serveLibrary({
  start: async () => ({ version: `ml-matrix ${versionOf('ml-matrix')}` }),
  product(m, k, n, a, b) {
    const [left, right] = [Matrix.from1DArray(m, k, a), Matrix.from1DArray(k, n, b)];
    let result;
    return {
      compute: () => {
        result = left.mmul(right);
      },
      result: () => result.to1DArray(),
    };
  },
});
