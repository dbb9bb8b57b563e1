/** Measures a rung: checked against sums in double precision, warmed up, then timed. */
import { type Spread, spread } from '../../measure/spread.ts';
import { errorBound, randomMatrix } from '../../kernels/operands.ts';
import type { Product, Rung, Sizes } from '../rung.ts';

/** A product to measure: the operands, and C in double precision. */
export interface Task {
  readonly sizes: Sizes;
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly expected: Float64Array;
}

/** How long a rung is measured, in seconds. A product that takes longer than `total` is run once after its check. */
export interface Patience {
  readonly warmUp: number;
  readonly sample: number;
  readonly samples: number;
  readonly total: number;
  /** A product that would take longer is skipped. */
  readonly longest: number;
}

export const usualPatience: Patience = { warmUp: 0.25, sample: 0.005, samples: 100, total: 1, longest: 4 };

export interface Speed extends Spread {
  readonly samples: number;
}

/** The clock of a page may tick so seldom that a small product takes no time: then it is taken to be this, in seconds. */
const shortest = 1e-6;

/** A rung computed something else than A · B. */
export class WrongResult extends Error {}

/** Numbers between −½ and ½, the same for all rungs. */
export function makeTask(sizes: Sizes): Task {
  const { m, k, n } = sizes;
  const [a, b] = [randomMatrix([m, k], 'a').values, randomMatrix([k, n], 'b').values];
  return { sizes, a, b, expected: multiplyInDoublePrecision(a, b, sizes) };
}

/** C in double precision, by the formula. The first rung is checked like all others. */
export function multiplyInDoublePrecision(
  a: Float32Array,
  b: Float32Array,
  { m, k, n }: Sizes,
): Float64Array {
  const c = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let p = 0; p < k; p++) {
      const scale = a[i * k + p]!;
      for (let j = 0; j < n; j++) c[i * n + j]! += scale * b[p * n + j]!;
    }
  }
  return c;
}

/** @throws {WrongResult} that names the rung, the first wrong element by row and column, and both values */
export function checkProduct(name: string, { sizes: { m, k, n }, expected }: Task, c: Float32Array): void {
  const wrong = expected.findIndex((value, index) => !(Math.abs(c[index]! - value) <= errorBound(k)));
  if (c.length === expected.length && wrong === -1) return;
  const what =
    c.length === expected.length
      ? `C[${Math.floor(wrong / n)}, ${wrong % n}] is ${c[wrong]}, expected ${expected[wrong]} ± ${errorBound(k)}`
      : `C has ${c.length} elements, expected ${expected.length}`;
  throw new WrongResult(`${name}: wrong result for ${m}×${k}×${n}, not timed: ${what}`);
}

/** GFLOP/s of one rung for one size. @throws {WrongResult} before or after it was timed */
export async function measureRung(
  { name, create }: Rung,
  task: Task,
  threads: number,
  patience: Patience,
): Promise<Speed> {
  const product = await create(task.sizes, threads);
  try {
    await product.load(task.a, task.b);
    const start = performance.now();
    let once = await time(product, 1);
    checkProduct(name, task, await product.read());
    // V8 starts with quick, slow code and replaces it while it runs
    while (performance.now() - start < 1000 * patience.warmUp) once = Math.min(once, await time(product, 1));
    const times = Math.max(1, Math.round(patience.sample / Math.max(once, shortest)));
    const seconds: number[] = [];
    const begin = performance.now();
    do seconds.push((await time(product, times)) / times);
    while (seconds.length < patience.samples && performance.now() - begin < 1000 * patience.total);
    // the result that was timed must be right, too
    checkProduct(name, task, await product.read());
    const speeds = seconds.map((value) => flopsOf(task.sizes) / value / 1e9);
    return { ...spread(speeds), samples: speeds.length };
  } finally {
    await product.dispose();
  }
}

/** Operations of a product: a multiplication and an addition for each term of each sum. */
export function flopsOf({ m, k, n }: Sizes): number {
  return 2 * m * k * n;
}

/** Seconds. */
async function time(product: Product, times: number): Promise<number> {
  const start = performance.now();
  await product.run(times);
  return (performance.now() - start) / 1000;
}
