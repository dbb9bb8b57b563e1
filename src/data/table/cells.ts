/** What the text in a cell means. */

/** As R, pandas, spreadsheets and the UCI repository write a value that is not known. */
const missingTexts: ReadonlySet<string> = new Set(['', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL', '?']);

export function isMissing(cell: string): boolean {
  return missingTexts.has(cell);
}

/** The number in a cell; NaN for a text. `Number` alone would also accept '', '0x10' and 'Infinity'. */
export function numberIn(cell: string): number {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(cell) ? Number(cell) : NaN;
}

/** Whether a number is one in float32, too. */
export function fitsFloat32(value: number): boolean {
  return Number.isFinite(Math.fround(value));
}

/**
 * Why a text that was meant as a number is none.
 *
 * @returns null if it was hardly meant as a number
 */
export function brokenNumber(cell: string): string | null {
  if (/^[+-]?inf(?:inity)?$/i.test(cell)) return 'numbers must be finite';
  if (/^[+-]?\d+,\d+$/.test(cell)) return 'write a point in decimals (1.5), and nothing between thousands';
  if (/^[+-]?\d{1,3}(?:[ ,.'’]\d{3})+(?:[.,]\d+)?$/.test(cell)) return 'write nothing between thousands';
  if (/^[$€£]\s*[\d.,]+$|^[\d.,]+\s*[$€£%]$/.test(cell)) return 'write the number alone, without a sign';
  return null;
}
