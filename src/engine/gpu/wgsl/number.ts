/**
 * A number as text of WGSL. It is rounded to float32 here, so that every compiler reads the same bits.
 *
 * @throws if it is not finite: WGSL has no way to write infinities and NaN
 */
export function float(value: number): string {
  const rounded = Math.fround(value);
  if (!Number.isFinite(rounded)) throw new RangeError(`WGSL: ${value} is not finite in float32`);
  return Object.is(rounded, -0) ? '-0f' : `${rounded}f`;
}
