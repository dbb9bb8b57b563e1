import { type Shape, sizeOf } from '../../tensor/shape.ts';
import { type ArrayOf, type DataType, Storage, zeros } from '../../tensor/tensor.ts';

/** The indices of a dimension that a sample has; all, if null. */
export type Pick = readonly number[] | null;

/**
 * `count` of `of` indices: the first, which a kernel computes in whole blocks, the last, which may be in what is left over,
 * and some between them.
 */
export function spread(count: number, of: number): Pick {
  if (count >= of) return null;
  if (count === 1) return [0];
  return Array.from({ length: count }, (_, index) => Math.round((index * (of - 1)) / (count - 1)));
}

/** A part of a tensor: what is picked of each of its dimensions. */
export interface Part {
  readonly shape: Shape;
  readonly picks: readonly Pick[];
}

/** The values of a part: the array itself where a part is the whole. */
export function valuesOf(
  values: ArrayOf<DataType>,
  dtype: DataType,
  { shape, picks }: Part,
): ArrayOf<DataType> {
  let outer = picks.length;
  while (outer > 0 && picks[outer - 1] === null) outer -= 1;
  if (outer === 0) return values;
  const inner = sizeOf(shape.slice(outer));
  const result = zeros(dtype, sizeOf(shapeOf({ shape, picks })));
  const strides = shape.map((_, dimension) => sizeOf(shape.slice(dimension + 1)));
  let to = 0;
  const copy = (dimension: number, from: number): void => {
    const [stride, pick] = [strides[dimension]!, picks[dimension]!];
    const count = pick?.length ?? shape[dimension]!;
    for (let index = 0; index < count; index++) {
      const at = from + stride * (pick === null ? index : pick[index]!);
      if (dimension < outer - 1) copy(dimension + 1, at);
      else for (let i = 0; i < inner; i++) result[to++] = values[at + i]!;
    }
  };
  copy(0, 0);
  return result;
}

/** Where an element of a part is in the whole. */
export function placeOf(element: number, part: Part): number {
  const sizes = shapeOf(part);
  let [rest, place, stride] = [element, 0, 1];
  for (let dimension = sizes.length - 1; dimension >= 0; dimension--) {
    const index = rest % sizes[dimension]!;
    rest = Math.floor(rest / sizes[dimension]!);
    place += stride * (part.picks[dimension]?.[index] ?? index);
    stride *= part.shape[dimension]!;
  }
  return place;
}

/** Says which part of a storage it is, whatever the shape under which an operation sees the storage. */
export function keyOf({ shape, picks }: Part): string {
  const last = picks.findLastIndex((pick) => pick !== null);
  return JSON.stringify([picks.slice(0, last + 1), last > 0 ? shape : []]);
}

export function shapeOf({ shape, picks }: Part): Shape {
  return shape.map((size, dimension) => picks[dimension]?.length ?? size);
}

/** A storage for a part of another, with these values. */
export function partStorage(dtype: DataType, part: Part, values: ArrayOf<DataType> | null): Storage {
  const length = sizeOf(shapeOf(part));
  return new Storage(dtype, length, values ?? zeros(dtype, length));
}
