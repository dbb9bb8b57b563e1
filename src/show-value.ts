const shownLength = 60;

/** A value for a message: as JSON, cut off if it is long. */
export function showValue(value: unknown): string {
  if (typeof value === 'number') return String(value); // JSON makes null of NaN
  if (typeof value === 'function') return 'a function';
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= shownLength ? text : `${text.slice(0, shownLength)}…`;
}
