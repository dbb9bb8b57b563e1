/** The window of a page may not sleep, lest the page freezes: it waits for a promise. */
const canBlock: boolean = mayBlock();

/**
 * Waits until another thread notifies a word of shared memory, but not longer than some milliseconds, and not at all if the
 * word does not have the expected value.
 *
 * @returns a promise where this thread cannot sleep
 */
export function sleep(
  words: Int32Array<SharedArrayBuffer>,
  index: number,
  expected: number,
  milliseconds: number,
): Promise<unknown> | undefined {
  if (canBlock) {
    Atomics.wait(words, index, expected, milliseconds);
    return undefined;
  }
  const { async, value } = Atomics.waitAsync(words, index, expected, milliseconds);
  return async ? value : undefined;
}

function mayBlock(): boolean {
  if (typeof SharedArrayBuffer !== 'function') return false;
  try {
    // it returns at once, as the value is another one; a window throws before it looks
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}
