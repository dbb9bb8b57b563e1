/** Numbers as the page writes them. */

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Three digits that count: 0.00123, 12.3. */
export function short(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  return size < 1e-4 || size >= 1e6 ? value.toExponential(2) : String(Number(value.toPrecision(3)));
}
