/** Checks of generated products against the reference loops in double precision. */
import type { Epilogue } from '../../src/engine/gpu/wgsl/epilogue.ts';
import type { ProductKernels } from '../../src/engine/gpu/wgsl/product-kernel.ts';
import type { Shape } from '../../src/tensor/shape.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { randomTensor } from './random-tensor.ts';
import { runKernels, unset } from './wgsl.ts';

/** Uniform numbers in [−1, 1) that single precision holds, in a tensor of doubles. */
export function single(shape: Shape, name: string): Tensor<'float64'> {
  const tensor = Tensor.zeros('float64', shape, name);
  tensor.values.set(randomTensor('float32', shape, name).values);
  return tensor;
}

export interface ProductCheck extends ProductKernels {
  readonly a: Tensor<'float64'>;
  readonly b: Tensor<'float64'>;
  /** What is expected without the epilogue, as m rows of n. */
  readonly c: Tensor;
  readonly k: number;
  readonly epilogue: Epilogue;
  readonly label: string;
}

/**
 * Runs the kernels and compares all elements, and the column sums.
 *
 * A sum of k terms of at most 1, rounded after each, is off by at most k²·2⁻²⁴; roundings in both directions make it
 * some √k·2⁻²⁴ times the sum's size √k. The bound is 4 k·2⁻²⁴.
 */
export async function assertProduct(check: ProductCheck): Promise<void> {
  const { kernels, scratch, a, b, c, k, epilogue, label } = check;
  const n = c.shape.at(-1)!;
  const bias = single([n], 'bias').values;
  const kept = single(c.shape, 'kept').values;
  const results = { c: unset(c.size), sums: unset(epilogue.columnSums ? n : 0) };
  await runKernels(kernels, {
    a: Float32Array.from(a.values),
    b: Float32Array.from(b.values),
    bias: Float32Array.from(bias),
    kept: Float32Array.from(kept),
    scratch: unset(scratch),
    ...results,
  });
  const expected = Float64Array.from(c.values, (value, index) => {
    const withBias = epilogue.bias ? value + bias[index % n]! : value;
    const activated = epilogue.activation ? Math.max(withBias, 0) : withBias;
    return epilogue.mask && kept[index]! <= 0 ? 0 : activated;
  });
  assertWithin(results.c, expected, bound(k), `${label}: c`);
  if (epilogue.columnSums) {
    const sums = new Float64Array(n);
    for (const [index, value] of b.values.entries()) sums[index % n]! += value;
    assertWithin(results.sums, sums, bound(k), `${label}: sums`);
  }
}

function bound(k: number): number {
  return 4 * k * 2 ** -24;
}

function assertWithin(actual: Float32Array, expected: Float64Array, bound: number, label: string): void {
  if (actual.length !== expected.length) {
    throw new Error(`${label}: ${actual.length} values, expected ${expected.length}`);
  }
  for (const [index, value] of actual.entries()) {
    // negated, so that NaN is wrong
    if (!(Math.abs(value - expected[index]!) <= bound)) {
      throw new Error(`${label}[${index}] is ${value}, expected ${expected[index]} ± ${bound}`);
    }
  }
}
