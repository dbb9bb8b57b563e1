/** Products by the tiles of the gpu engine, and by the rungs of the ladder that run on a GPU. */
import { candidatesFor } from '../../src/engine/gpu/wgsl/candidates.ts';
import { squareProduct } from '../kernels/wgsl-shapes.ts';
import { timeWgslProducts } from '../kernels/wgsl-products.ts';
import { makeTask, measureRung, type Patience, WrongResult } from '../matmul/ladder/measure.ts';
import { isOnGpu } from '../matmul/rung.ts';
import { ladder } from '../matmul/rungs.ts';
import type { CardProduct, CardRung } from './result.ts';

/** Every candidate tile for a square, checked on a sample of elements, then timed on the device. */
export async function timeProducts(
  device: GPUDevice,
  size: number,
  sampleMilliseconds: number,
): Promise<CardProduct> {
  const rows = await timeWgslProducts(device, {
    products: [squareProduct(size)],
    tilesFor: (product) => candidatesFor(product.size),
    sampleMilliseconds,
  });
  const [rule, fastest] = [rows[0]!, rows.toSorted((x, y) => y.gflops - x.gflops)[0]!];
  return {
    size,
    rule: { tile: rule.tile, gflops: rule.gflops },
    measured: { tile: fastest.tile, gflops: fastest.gflops },
  };
}

/**
 * The rungs on a GPU, for squares of each size. Each is checked before it is timed; one that is wrong has no speed, and
 * the others go on.
 */
export async function timeRungs(
  sizes: readonly number[],
  patience: Patience,
  { onRung, onWrong }: { onRung: (rung: CardRung) => void; onWrong: (message: string) => void },
): Promise<CardRung[]> {
  const tasks = sizes.map((size) => makeTask({ m: size, k: size, n: size }));
  const rungs: CardRung[] = [];
  for (const rung of ladder.filter(isOnGpu)) {
    if ((await rung.unavailable()) !== null) continue;
    const speeds: CardRung['speeds'][number][] = [];
    for (const task of tasks) {
      try {
        const { median: gflops } = await measureRung(rung, task, 1, patience);
        speeds.push({ size: task.sizes.m, gflops });
      } catch (error) {
        if (!(error instanceof WrongResult)) throw error;
        onWrong(error.message);
      }
    }
    const { name, idea } = rung;
    rungs.push({ name, idea, speeds });
    onRung({ name, idea, speeds });
  }
  return rungs;
}
