/** Numbers in the forms in which programs have them: tensors, typed arrays, lists of lists. All become tensors. */
import { showValue } from '../../show-value.ts';
import { formatShape, type Shape, sizeOf } from '../../tensor/shape.ts';
import { type DataType, Tensor } from '../../tensor/tensor.ts';

export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** `[[5.1, 3.5], [4.9, 3.0]]`; the innermost lists may be typed arrays. */
export type NestedNumbers = readonly (number | NumberArray | NestedNumbers)[];

/** Numbers in row-major order and their shape. */
export interface ShapedNumbers {
  readonly values: NumberArray | readonly number[];
  readonly shape: Shape;
}

/** Any of these forms; a typed array alone takes its shape from the network. */
export type Numbers = Tensor<'uint8'> | Tensor<'float32'> | ShapedNumbers | NumberArray | NestedNumbers;

/** Values of any kind with their shape. The array is the given one where it can be. */
export interface Flat {
  readonly values: NumberArray | readonly number[];
  readonly shape: Shape;
}

const numberArrays = [
  Float32Array,
  Float64Array,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
];

export function isNumberArray(value: unknown): value is NumberArray {
  return ArrayBuffer.isView(value) && numberArrays.some((array) => value instanceof array);
}

/**
 * Finds the values and the shape of any form.
 *
 * @param itemShape the shape of one example, for a typed array that comes without a shape
 * @param what for messages: `fit: x`
 * @throws TypeError or RangeError in one line, which names the place in the list
 */
export function flatten(given: unknown, itemShape: Shape, what: string): Flat {
  if (given instanceof Tensor) {
    const { dtype, storage, shape, name } = given as Tensor<DataType>;
    if (!storage.persistent)
      throw new TypeError(`${what}: tensor ${name} is part of a program; use engine.read`);
    if (dtype === 'float64')
      throw new TypeError(`${what}: expected float32 or uint8, got the float64 tensor ${name}`);
    return { values: storage.values!, shape };
  }
  if (isNumberArray(given)) {
    const size = sizeOf(itemShape);
    if (given.length % size !== 0) {
      throw new RangeError(
        `${what}: ${given.length} numbers are no whole examples of ${formatShape(itemShape)}; give { values, shape }`,
      );
    }
    return { values: given, shape: [given.length / size, ...itemShape] };
  }
  if (Array.isArray(given)) return flattenList(given, what);
  if (typeof given === 'object' && given !== null && 'values' in given && 'shape' in given) {
    return checkShaped(given.values, given.shape, what);
  }
  throw new TypeError(
    `${what}: expected a tensor, a typed array, lists of numbers or { values, shape }, got ${showValue(given)}`,
  );
}

function checkShaped(values: unknown, shape: unknown, what: string): Flat {
  if (!isNumberArray(values) && !Array.isArray(values)) {
    throw new TypeError(
      `${what}: values: expected a typed array or a list of numbers, got ${showValue(values)}`,
    );
  }
  const isShape = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size > 0);
  if (!isShape) throw new TypeError(`${what}: shape: expected a list of sizes, got ${showValue(shape)}`);
  const sizes = shape as Shape;
  if (sizeOf(sizes) !== values.length) {
    throw new RangeError(
      `${what}: the shape ${formatShape(sizes)} has ${sizeOf(sizes)} elements, the values are ${values.length}`,
    );
  }
  if (Array.isArray(values)) checkNumbers(values, what);
  return { values: values as Flat['values'], shape: sizes };
}

/** A list of numbers, or of lists of one shape. */
function flattenList(list: readonly unknown[], what: string): Flat {
  if (list.length === 0) throw new RangeError(`${what} is empty: it has no examples`);
  const shape: number[] = [];
  for (let inner: unknown = list; Array.isArray(inner) || isNumberArray(inner); inner = inner[0]) {
    shape.push(inner.length);
    if (inner.length === 0) throw new RangeError(`${what}: a list in it is empty`);
  }
  const values = new Float64Array(sizeOf(shape));
  let count = 0;
  const add = (value: unknown, depth: number, path: string): void => {
    const isLeaf = depth === shape.length;
    if (isLeaf) {
      if (typeof value !== 'number')
        throw new TypeError(`${path}: expected a number, got ${showValue(value)}`);
      values[count++] = value;
      return;
    }
    const length = Array.isArray(value) || isNumberArray(value) ? value.length : null;
    if (length !== shape[depth]) {
      const found = length === null ? showValue(value) : `${length}`;
      throw new RangeError(`${path}: expected a list of ${shape[depth]} like the first, got ${found}`);
    }
    for (const [index, inner] of (value as unknown[]).entries()) add(inner, depth + 1, `${path}[${index}]`);
  };
  add(list, 0, what);
  return { values, shape };
}

function checkNumbers(values: readonly unknown[], what: string): void {
  const wrong = values.findIndex((value) => typeof value !== 'number');
  if (wrong >= 0) {
    throw new TypeError(`${what}: values[${wrong}]: expected a number, got ${showValue(values[wrong])}`);
  }
}

/** Bytes stay bytes; all else becomes float32. @throws RangeError if a number is not finite in float32 */
export function toTensor({ values, shape }: Flat, what: string): Tensor<'uint8'> | Tensor<'float32'> {
  if (values instanceof Uint8Array) return Tensor.from('uint8', shape, values, what);
  if (values instanceof Uint8ClampedArray) {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.length);
    return Tensor.from('uint8', shape, bytes, what);
  }
  return toFloats({ values, shape }, what);
}

/** @throws RangeError if a number is not finite in float32 */
export function toFloats({ values, shape }: Flat, what: string): Tensor<'float32'> {
  const floats = values instanceof Float32Array ? values : Float32Array.from(values);
  const wrong = floats.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    const example = Math.floor(wrong / (floats.length / shape[0]!));
    const size = Number.isFinite(values[wrong]) ? ', too large for float32' : '';
    throw new RangeError(
      `${what}: example ${example} has ${values[wrong]}${size}: all numbers must be finite`,
    );
  }
  return Tensor.from('float32', shape, floats, what);
}
