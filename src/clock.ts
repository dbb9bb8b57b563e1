/** Seconds on a clock that only goes forward; its zero is arbitrary. */
export function now(): number {
  return performance.now() / 1000;
}
