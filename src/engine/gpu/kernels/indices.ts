/**
 * Statements of kernels that compute which element a thread has. Numbers are float32 on the device, so an index is
 * exact below 2²⁴ = 16,777,216.
 */

/**
 * Declares `quotient` = ⌊dividend / divisor⌋ and `remainder`, for whole numbers. A quotient may be wrong by a few units
 * in the last place, so that 6 / 3 is just below 2. Products of whole numbers are exact, so the remainder shows it, and
 * both are corrected.
 */
export function divide(quotient: string, remainder: string, dividend: string, divisor: string): string {
  return `
  let ${quotient} = Math.floor(${dividend} / ${divisor});
  let ${remainder} = ${dividend} - ${quotient} * ${divisor};
  if (${remainder} < 0) {
    ${quotient} -= 1;
    ${remainder} += ${divisor};
  }
  if (${remainder} >= ${divisor}) {
    ${quotient} += 1;
    ${remainder} -= ${divisor};
  }`;
}

/**
 * Declares `image`, `row`, `column` and `channel` of the thread's element in an array [n, height, width, channels],
 * whose sizes are given by the names of constants.
 */
export function position(height: string, width: string, channels: string): string {
  return `
  ${divide('pixel', 'channel', 'this.thread.x', `this.constants.${channels}`)}
  ${divide('line', 'column', 'pixel', `this.constants.${width}`)}
  ${divide('image', 'row', 'line', `this.constants.${height}`)}`;
}
