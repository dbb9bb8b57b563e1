/** `87.40 %`; the space does not break, so that the sign stays beside its number. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(2)}\u00a0%`;
}
