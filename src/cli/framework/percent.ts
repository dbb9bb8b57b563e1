/** For a terminal: 0.874 becomes `87.40 %`. Pages have one of their own, with a space that does not break. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
