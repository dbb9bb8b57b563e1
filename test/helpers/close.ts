export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

/**
 * Throws unless both have the same length, everything is finite, and |actual − expected| ≤ atol + rtol·|expected|
 * everywhere. The message gives the worst position, both values and the bound.
 */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { rtol, atol }: Tolerance,
  what = 'values',
): void {
  if (actual.length !== expected.length) {
    throw new Error(`${what}: ${actual.length} values, expected ${expected.length}`);
  }
  let worst = -1;
  let worstExcess = 1;
  for (let i = 0; i < actual.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!];
    if (!Number.isFinite(a) || !Number.isFinite(e)) throw new Error(`${what}[${i}] is ${a}, expected ${e}`);
    const error = Math.abs(a - e);
    const bound = atol + rtol * Math.abs(e);
    const excess = error === 0 ? 0 : error / bound;
    if (excess > worstExcess) [worst, worstExcess] = [i, excess];
  }
  if (worst >= 0) {
    const bound = atol + rtol * Math.abs(expected[worst]!);
    throw new Error(
      `${what}[${worst}] is ${actual[worst]}, expected ${expected[worst]} ± ${bound.toExponential(2)} ` +
        `(${worstExcess.toFixed(1)} times the bound)`,
    );
  }
}

/** Throws unless both have the same bits: NaN equals NaN, and 0 differs from −0. */
export function assertSameBits(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  what = 'values',
): void {
  if (actual.length !== expected.length) {
    throw new Error(`${what}: ${actual.length} values, expected ${expected.length}`);
  }
  for (let i = 0; i < actual.length; i++) {
    if (!Object.is(actual[i], expected[i]))
      throw new Error(`${what}[${i}] is ${actual[i]}, expected ${expected[i]}`);
  }
}
