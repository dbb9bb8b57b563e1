import { checkShape, formatShape, type Shape, ShapeError, sizeOf } from './shape.ts';

/** `float64` exists for gradient checks: the reference runs on either, the fast engines on float32 only. */
export type FloatType = 'float32' | 'float64';
export type DataType = FloatType | 'int32' | 'uint8';

export type FloatArray = Float32Array | Float64Array;

interface Arrays {
  float32: Float32Array;
  float64: Float64Array;
  int32: Int32Array;
  uint8: Uint8Array;
}
export type ArrayOf<D extends DataType> = Arrays[D];

interface ArrayConstructor<A> {
  new (length: number): A;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): A;
}

const constructors: { [D in DataType]: ArrayConstructor<Arrays[D]> } = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint8: Uint8Array,
};

export const bytesPerElement: Readonly<Record<DataType, number>> = {
  float32: 4,
  float64: 8,
  int32: 4,
  uint8: 1,
};

/** The engines address 2 GiB. */
const maximumBytes = 2 ** 31;

/** A zeroed typed array. */
export function zeros<D extends DataType>(dtype: D, length: number): ArrayOf<D> {
  return new constructors[dtype](length);
}

/** A typed array on memory that exists already. */
export function viewOf<D extends DataType>(
  dtype: D,
  buffer: ArrayBufferLike,
  byteOffset: number,
  length: number,
): ArrayOf<D> {
  return new constructors[dtype](buffer, byteOffset, length);
}

/**
 * The memory behind one tensor, or behind several that share it under different shapes.
 *
 * Storage that has values from the start is *persistent*: weights, optimizer state, the data set, the inputs
 * of a step. Storage without is *temporary*: a result inside a recorded program, for which an engine finds a
 * place when it compiles the program.
 */
export class Storage<D extends DataType = DataType> {
  readonly dtype: D;
  readonly length: number;
  readonly persistent: boolean;
  values: ArrayOf<D> | null;

  constructor(dtype: D, length: number, values: ArrayOf<D> | null) {
    this.dtype = dtype;
    this.length = length;
    this.values = values;
    this.persistent = values !== null;
  }

  get bytes(): number {
    return this.length * bytesPerElement[this.dtype];
  }
}

/** A shape, a data type, a name for print-outs, and storage. */
export class Tensor<D extends DataType = FloatType> {
  readonly shape: Shape;
  readonly name: string;
  readonly storage: Storage<D>;

  constructor(shape: Shape, storage: Storage<D>, name: string) {
    checkShape(shape, `tensor ${name}`);
    if (sizeOf(shape) !== storage.length) {
      throw new ShapeError(
        `tensor ${name}: shape ${formatShape(shape)} has ${sizeOf(shape)} elements, its values ${storage.length}`,
      );
    }
    this.shape = shape;
    this.storage = storage;
    this.name = name;
  }

  /** A tensor with values: the array itself, not a copy. */
  static from<D extends DataType>(dtype: D, shape: Shape, values: ArrayOf<D>, name = 'tensor'): Tensor<D> {
    return new Tensor(shape, new Storage(dtype, values.length, values), name);
  }

  /** A persistent tensor of zeros. */
  static zeros<D extends DataType>(dtype: D, shape: Shape, name = 'tensor'): Tensor<D> {
    checkShape(shape, `tensor ${name}`);
    const bytes = sizeOf(shape) * bytesPerElement[dtype];
    if (bytes > maximumBytes) {
      const gibibytes = (bytes / 2 ** 30).toPrecision(3);
      throw new ShapeError(
        `tensor ${name}: ${formatShape(shape)} needs ${gibibytes} GiB; a tensor has at most 2`,
      );
    }
    return Tensor.from(dtype, shape, zeros(dtype, sizeOf(shape)), name);
  }

  get dtype(): D {
    return this.storage.dtype;
  }

  get size(): number {
    return this.storage.length;
  }

  /** The values, row-major. Throws for a result inside a recorded program, which only its engine can read. */
  get values(): ArrayOf<D> {
    if (this.storage.values === null) {
      throw new Error(`tensor ${this.name} ${formatShape(this.shape)} is part of a program: use engine.read`);
    }
    return this.storage.values;
  }

  /** The same storage under another shape of equal size. */
  reshape(shape: Shape): Tensor<D> {
    if (sizeOf(shape) !== this.size) {
      throw new ShapeError(
        `reshape: ${formatShape(this.shape)} has ${this.size} elements, ${formatShape(shape)} has ${sizeOf(shape)}`,
      );
    }
    return new Tensor(shape, this.storage, this.name);
  }
}
