/**
 * The same product of matrices on each engine, with the times of two calls: the first starts the engine. (`npm run bench --
 * matmul` measures the kernels alone.)
 *
 *     npm run example -- matmul 512
 */
import { matmul, type Matrix, RandomStream } from '../src/index.ts';

const n = Number(process.argv[2] ?? 512);

function randomMatrix(name: string): Matrix {
  const random = new RandomStream(1, name);
  return { shape: [n, n], values: Float32Array.from({ length: n * n }, (_, i) => random.normal(i)) };
}

const [a, b] = [randomMatrix('a'), randomMatrix('b')];
const expected = await matmul(a, b, { engine: 'reference' }); // three loops

for (const engine of ['reference', 'wasm', 'gpu'] as const) {
  try {
    const times: string[] = [];
    let c = expected;
    for (let call = 0; call < 2; call++) {
      const start = performance.now();
      // eslint-disable-next-line no-await-in-loop -- one after the other, so that they do not share the machine
      c = await matmul(a, b, { engine });
      times.push(`${Number((performance.now() - start).toPrecision(3))} ms`);
    }
    const error = c.values.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - expected.values[i]!)),
      0,
    );
    console.log(
      `${engine}: ${n}×${n} in ${times.join(', then ')}, largest difference ${error.toPrecision(1)}`,
    );
  } catch (error) {
    console.log((error as Error).message); // no GPU, or its package is not installed
  }
}
