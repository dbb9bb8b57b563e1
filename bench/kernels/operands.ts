/** Matrices to multiply, and the largest error that their product may have. */
import { RandomStream } from '../../src/tensor/random.ts';
import { Tensor } from '../../src/tensor/tensor.ts';

/** Random numbers between −½ and ½, always the same for the same name. */
export function randomMatrix(shape: readonly number[], name: string): Tensor<'float32'> {
  const matrix = Tensor.zeros('float32', shape, name);
  const random = new RandomStream(1, name);
  for (let i = 0; i < matrix.size; i++) matrix.values[i] = random.uniform(i) - 0.5;
  return matrix;
}

/** The largest error of a sum of k products of numbers up to ½: it grows with √k. */
export function errorBound(k: number): number {
  return 1e-6 * Math.sqrt(k) + 1e-6;
}
