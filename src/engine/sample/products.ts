/** Samples of products and convolutions: rows, columns, images, channels, filters, taps. */
import { isUpdate, type Operation, outputsOf } from '../../tensor/operation.ts';
import { flopsOf } from '../../tensor/operation-facts.ts';
import { sameShape } from '../../tensor/shape.ts';
import type { DataType, Tensor } from '../../tensor/tensor.ts';
import { type Pick, spread } from './part.ts';
import { all, flopsOfNumber, type Sample, sampled, type SampledOperation } from './sampled-operation.ts';

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
export function productSamples(operations: readonly Operation[], mostFlops: number): Sample[] | null {
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
        const picks = (tensor: Tensor<DataType>, name: string): readonly Pick[] => {
          if (isUpdate(operation) && name === 'coefficients') return all(tensor, name);
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
    default: {
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
function isElementwise(operation: Operation): boolean {
  const { kind } = operation;
  return (
    kind === 'addBias' || kind === 'elementwise' || kind === 'elementwiseBackward' || isUpdate(operation)
  );
}
