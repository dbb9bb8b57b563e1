/**
 * What of an operation is checked against the reference, where the whole would take too long: some elements of the result,
 * and of the inputs all that these need. They make a smaller operation, which the reference computes as any other.
 */
import { inputsOf, type Operation, outputsOf } from '../tensor/operation.ts';
import { flopsOf, sharedByChannels, sharedByImages } from '../tensor/operation-facts.ts';
import { sameShape, type Shape, sizeOf } from '../tensor/shape.ts';
import { type ArrayOf, type DataType, Storage, type Tensor, zeros } from '../tensor/tensor.ts';

/** The indices of a dimension that a sample has; all, if null. */
type Pick = readonly number[] | null;

/** A part of a tensor: what is picked of each of its dimensions. */
export interface Part {
  readonly shape: Shape;
  readonly picks: readonly Pick[];
}

/** Operations on parts of tensors. */
export interface Sample {
  readonly operations: readonly SampledOperation[];
}

export interface SampledOperation {
  readonly operation: Operation;
  /** For every input and output by its name. */
  readonly parts: { readonly inputs: Parts; readonly outputs: Parts };
  /** In the place of the operation's own. */
  readonly constants: object;
}

type Parts = Readonly<Record<string, Part>>;

/** A number that is moved takes the reference about as long as this much arithmetic. */
const flopsOfNumber = 8;

/**
 * Samples of operations that belong together: the first, and those that follow it element by element.
 *
 * @param mostFlops about how much arithmetic the reference may do for all of them
 */
export function samplesOf(operations: readonly Operation[], mostFlops: number): Sample[] {
  if (operations.reduce((sum, operation) => sum + costOf(operation), 0) <= mostFlops)
    return [whole(operations)];
  return (
    productSamples(operations, mostFlops) ??
    imageSamples(operations, mostFlops) ??
    channelSamples(operations, mostFlops) ??
    firstNumbers(operations, mostFlops) ?? [whole(operations)]
  );
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

/** What the reference does for an operation, in multiplications and additions. */
function costOf(operation: Operation): number {
  const tensors = [...inputsOf(operation), ...outputsOf(operation)];
  return flopsOf(operation) + flopsOfNumber * tensors.reduce((sum, { size }) => sum + size, 0);
}

function whole(operations: readonly Operation[]): Sample {
  return { operations: operations.map((operation) => sampled(operation, all, all)) };
}

type PicksOf = (tensor: Tensor<DataType>, name: string) => readonly Pick[];

const all: PicksOf = ({ shape }) => shape.map(() => null);

function sampled(
  operation: Operation,
  inputs: PicksOf,
  outputs: PicksOf,
  constants: object = operation.constants,
): SampledOperation {
  const partsOf = (tensors: object, picksOf: PicksOf): Parts =>
    Object.fromEntries(
      Object.entries(tensors as Record<string, Tensor<DataType>>).map(([name, tensor]) => [
        name,
        { shape: tensor.shape, picks: picksOf(tensor, name) },
      ]),
    );
  return {
    operation,
    parts: { inputs: partsOf(operation.inputs, inputs), outputs: partsOf(operation.outputs, outputs) },
    constants,
  };
}

/**
 * `count` of `of` indices: the first, which a kernel computes in whole blocks, the last, which may be in what is left over,
 * and some between them.
 */
function spread(count: number, of: number): Pick {
  if (count >= of) return null;
  if (count === 1) return [0];
  return Array.from({ length: count }, (_, index) => Math.round((index * (of - 1)) / (count - 1)));
}

/** How much of a product's result is computed. */
interface Extent {
  /** Rows of a product of matrices, images of a convolution, channels of the gradient of its filter. */
  readonly first: number;
  /** Columns, channels; filters of a convolution and of the gradient of its filter. */
  readonly last: number;
  /** Rows of images; taps of the gradient of a filter. */
  readonly between: number;
}

type Product = Operation<'matmul' | 'conv2d' | 'conv2dBackwardInput' | 'conv2dBackwardFilter'>;

/** In which order an extent shrinks, and how far. */
const shrinking = [
  ['first', 4],
  ['last', 16],
  ['between', 4],
  ['first', 2],
  ['last', 4],
  ['between', 2],
] as const;

/** Some elements of a product or a convolution, and of what follows it element by element. */
function productSamples(operations: readonly Operation[], mostFlops: number): Sample[] | null {
  const [product, ...followers] = operations as readonly [Product, ...Operation[]];
  const full = extentOf(product);
  if (full === null || !followers.every(isElementwise)) return null;
  const [result] = outputsOf(product) as readonly [Tensor];
  // flattened images are followed by operations that see them as images: they have only their first dimension in common
  const hasOneShape = followers.flatMap(outputsOf).every(({ shape }) => sameShape(shape, result.shape));
  const extent: Record<keyof Extent, number> = { ...full };
  for (const [axis, least] of shrinking) {
    if (axis !== 'first' && !hasOneShape) continue;
    const share = mostFlops / costOfExtent(product, full, extent);
    if (share < 1) extent[axis] = Math.min(extent[axis], Math.max(least, Math.floor(extent[axis] * share)));
  }
  const first = spread(extent.first, full.first);
  const last = spread(extent.last, full.last);
  const between = spread(extent.between, full.between) ?? [null];
  return between.map((row) => ({
    operations: [
      sampledProduct(product, first, last, row),
      ...followers.map((operation) => {
        const picks = (tensor: Tensor<DataType>): readonly Pick[] => {
          if (tensor.shape.length === 1 && result.shape.length > 1) return [last]; // a bias
          if (!hasOneShape) return tensor.shape.map((_, dimension) => (dimension === 0 ? first : null));
          return picksOfResult(product, first, last, row);
        };
        return sampled(operation, picks, picks);
      }),
    ],
  }));
}

function extentOf(operation: Operation): Extent | null {
  switch (operation.kind) {
    case 'matmul': {
      const [first, last] = operation.outputs.c.shape as readonly [number, number];
      return { first, last, between: 1 };
    }
    case 'conv2d':
    case 'conv2dBackwardInput': {
      const [first, between, , last] = outputsOf(operation)[0]!.shape as Four;
      return { first, last, between };
    }
    case 'conv2dBackwardFilter': {
      const [height, width, first, last] = operation.outputs.dFilter.shape as Four;
      return { first, last, between: height * width };
    }
    default:
      return null;
  }
}

type Four = readonly [number, number, number, number];

function costOfExtent(product: Product, full: Extent, extent: Extent): number {
  const share = (extent.first / full.first) * (extent.last / full.last) * (extent.between / full.between);
  // the loops over pixels and taps stay, however few channels and filters there are
  const visits =
    product.kind === 'conv2dBackwardFilter'
      ? (product.inputs.dy.size / product.inputs.dy.shape[3]!) * extent.between
      : 0;
  return share * flopsOf(product) + flopsOfNumber * visits;
}

function picksOfResult({ kind }: Product, first: Pick, last: Pick, row: number | null): readonly Pick[] {
  if (kind === 'matmul') return [first, last];
  return [first, row === null ? null : [row], null, last];
}

function sampledProduct(product: Product, first: Pick, last: Pick, row: number | null): SampledOperation {
  const result = picksOfResult(product, first, last, row);
  switch (product.kind) {
    case 'matmul': {
      const { transposeA, transposeB } = product.constants;
      const a = transposeA ? [null, first] : [first, null];
      const b = transposeB ? [last, null] : [null, last];
      return sampled(
        product,
        (_, name) => (name === 'a' ? a : b),
        () => result,
      );
    }
    case 'conv2d': {
      const { strideY, padTop } = product.constants;
      const { x, filter } = product.inputs;
      const begin = row === null ? 0 : row * strideY - padTop;
      const rows = row === null ? null : range(begin, begin + filter.shape[0]!, x.shape[1]!);
      const constants = { ...product.constants, padTop: rows === null ? padTop : rows[0] - begin };
      return sampled(
        product,
        (_, name) => (name === 'x' ? [first, rows, null, null] : [null, null, null, last]),
        () => result,
        constants,
      );
    }
    case 'conv2dBackwardInput': {
      const { strideY, padTop } = product.constants;
      const { dy, filter } = product.inputs;
      // the rows of dy whose windows reach this row of dx
      const begin = row === null ? 0 : Math.ceil((row + padTop - filter.shape[0]! + 1) / strideY);
      const end = row === null ? 0 : Math.floor((row + padTop) / strideY) + 1;
      const rows = row === null ? null : range(begin, end, dy.shape[1]!);
      const constants = {
        ...product.constants,
        padTop: row === null || rows === null ? padTop : padTop + row - rows[0] * strideY,
      };
      return sampled(
        product,
        (_, name) => (name === 'dy' ? [first, rows, null, null] : [null, null, last, null]),
        () => result,
        constants,
      );
    }
    case 'conv2dBackwardFilter': {
      const width = product.outputs.dFilter.shape[1]!;
      const [ky, kx] = row === null ? [0, 0] : [Math.floor(row / width), row % width];
      const { padTop, padLeft } = product.constants;
      const tap = (k: number): Pick => (row === null ? null : [k]);
      return sampled(
        product,
        (_, name) => [null, null, null, name === 'x' ? first : last],
        () => [tap(ky), tap(kx), first, last],
        { ...product.constants, padTop: padTop - ky, padLeft: padLeft - kx },
      );
    }
  }
}

/** The whole numbers from `begin` to `end` that are indices of `of` things; the next one where none is. */
function range(begin: number, end: number, of: number): readonly [number, ...number[]] {
  const from = Math.min(Math.max(0, begin), of - 1);
  const others = Array.from(
    { length: Math.max(0, Math.min(end, of) - from - 1) },
    (_, index) => from + 1 + index,
  );
  return [from, ...others];
}

/** Whether an element of the result needs the same element of the inputs alone, or the channel's element of a bias. */
function isElementwise({ kind }: Operation): boolean {
  return kind === 'addBias' || kind === 'elementwise' || kind === 'elementwiseBackward';
}

/** Some images. */
function imageSamples(operations: readonly Operation[], mostFlops: number): Sample[] | null {
  const count = outputsOf(operations[0]!)[0]!.shape[0]!;
  const fit = operations.every(
    (operation) =>
      sharedByImages(operation) !== null && outputsOf(operation).every(({ shape }) => shape[0] === count),
  );
  if (!fit) return null;
  return alongOne(operations, count, mostFlops, sharedByImages, (pick, { shape }) =>
    shape.map((_, dimension) => (dimension === 0 ? pick : null)),
  );
}

/** Some channels. */
function channelSamples(operations: readonly Operation[], mostFlops: number): Sample[] | null {
  if (!operations.every((operation) => sharedByChannels(operation) !== null)) return null;
  const count = outputsOf(operations[0]!)[0]!.shape.at(-1)!;
  return alongOne(operations, count, mostFlops, sharedByChannels, (pick, { shape }) =>
    shape.map((_, dimension) => (dimension === shape.length - 1 ? pick : null)),
  );
}

/** In one sample; where each index takes long, in one for each, so that others can have their turn in between. */
function alongOne(
  operations: readonly Operation[],
  of: number,
  mostFlops: number,
  sharedBy: (operation: Operation) => readonly string[] | null,
  picksOf: (pick: Pick, tensor: Tensor<DataType>) => readonly Pick[],
): Sample[] {
  const cost = operations.reduce((sum, operation) => sum + costAlong(operation, sharedBy(operation)!), 0);
  const fit = Math.floor((of * mostFlops) / cost);
  const indices = spread(Math.max(2, fit), of);
  if (indices === null) return [whole(operations)];
  const groups = fit >= 2 ? [indices] : indices.map((index) => [index]);
  return groups.map((group) => ({
    operations: operations.map((operation) => {
      const shared = sharedBy(operation)!;
      return sampled(
        operation,
        (tensor, name) => (shared.includes(name) ? all(tensor, name) : picksOf(group, tensor)),
        (tensor) => picksOf(group, tensor),
      );
    }),
  }));
}

/** What is shared is not read for every index, or not by much more than for one. */
function costAlong(operation: Operation, shared: readonly string[]): number {
  const inputs = Object.entries<Tensor<DataType>>(operation.inputs).filter(
    ([name]) => !shared.includes(name),
  );
  const tensors = [...inputs.map(([, tensor]) => tensor), ...outputsOf(operation)];
  return flopsOf(operation) + flopsOfNumber * tensors.reduce((sum, { size }) => sum + size, 0);
}

/** The first numbers of what is random: each is a function of its position. */
function firstNumbers(operations: readonly Operation[], mostFlops: number): Sample[] | null {
  const [operation, ...others] = operations as readonly [Operation, ...Operation[]];
  if (operation.kind !== 'dropoutMask' || others.length > 0) return null;
  const { shape, size } = operation.outputs.mask;
  const count = Math.max(1, Math.floor((shape[0]! * mostFlops) / (flopsOfNumber * size)));
  const first = Array.from({ length: Math.min(count, shape[0]!) }, (_, index) => index);
  return [
    {
      operations: [
        sampled(operation, all, (tensor) =>
          tensor.shape.map((_, dimension) => (dimension === 0 ? first : null)),
        ),
      ],
    },
  ];
}

/** A storage for a part of another, with these values. */
export function partStorage(dtype: DataType, part: Part, values: ArrayOf<DataType> | null): Storage {
  const length = sizeOf(shapeOf(part));
  return new Storage(dtype, length, values ?? zeros(dtype, length));
}
