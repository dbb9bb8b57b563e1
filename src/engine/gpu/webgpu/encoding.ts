/** How the values of a tensor lie in a buffer: numbers as float32, bytes as bytes, four in a word. */
import { type ArrayOf, type DataType, type Storage, zeros } from '../../../tensor/tensor.ts';
import { assertExact } from '../exact-numbers.ts';

/** Bytes of a tensor's buffer: a multiple of 16, so that kernels can read vectors of four float32. */
export function bufferBytes({ dtype, length }: Storage): number {
  const bytes = dtype === 'uint8' ? length : 4 * length;
  return Math.ceil(bytes / 16) * 16;
}

/** The bytes for values. @throws if a whole number is too large to be exact in float32 */
export function encode(dtype: DataType, values: ArrayLike<number>): Uint8Array {
  if (dtype === 'uint8') return values instanceof Uint8Array ? values : Uint8Array.from(values);
  const floats = values instanceof Float32Array ? values : Float32Array.from(values);
  if (dtype === 'int32') assertExact(values);
  return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
}

/** Values of a tensor from the bytes of its buffer. */
export function decode({ dtype, length }: Storage, bytes: ArrayBuffer): ArrayOf<DataType> {
  if (dtype === 'uint8') return new Uint8Array(bytes, 0, length);
  const floats = new Float32Array(bytes, 0, length);
  if (dtype === 'float32') return floats;
  const values = zeros(dtype, length);
  values.set(floats);
  return values;
}
