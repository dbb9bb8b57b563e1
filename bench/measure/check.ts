/**
 * Checks a result before it is timed.
 *
 * @param bound the largest difference allowed: one number for all values, or one for each
 * @throws Error that names the first element whose difference is larger
 */
export function checkAgreement(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  bound: number | readonly number[],
  what: string,
): void {
  if (actual.length !== expected.length) {
    throw new Error(`${what}: ${actual.length} values, expected ${expected.length}: not timed`);
  }
  for (let i = 0; i < expected.length; i++) {
    const largest = typeof bound === 'number' ? bound : bound[i]!;
    if (!(Math.abs(actual[i]! - expected[i]!) <= largest)) {
      throw new Error(
        `${what}: wrong result, not timed: element ${i} is ${actual[i]}, expected ${expected[i]} ± ${largest}`,
      );
    }
  }
}
