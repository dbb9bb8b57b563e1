/** Whole numbers on the GPU, where float32 holds them: tensors of int32, and positions that kernels compute. */

/** Whole numbers up to here are exact in float32. */
export const exactInFloat32: number = 2 ** 24;

/** @throws if a value is too large to be exact in float32 */
export function assertExact(values: ArrayLike<number>): void {
  const inexact = Array.prototype.find.call(values, (value: number) => Math.abs(value) > exactInFloat32) as
    number | undefined;
  if (inexact === undefined) return;
  throw new Error(`the gpu engine holds whole numbers up to ${exactInFloat32}, not ${inexact}`);
}

/** @throws if a tensor of the operation `name` has more numbers than a kernel can count in float32 */
export function assertCountable(name: string, storages: readonly { readonly length: number }[]): void {
  const length = storages.reduce((most, storage) => Math.max(most, storage.length), 0);
  if (length <= exactInFloat32) return;
  throw new Error(
    `${name}: the gpu engine addresses ${exactInFloat32} numbers in a tensor, not ${length}: use a smaller batch`,
  );
}
