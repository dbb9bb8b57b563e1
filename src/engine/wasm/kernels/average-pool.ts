import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import { type ChannelGroup, emitChannelGroups, emitLoadVector, emitStoreGroup } from './channels.ts';
import { emitAdvance, emitAdvanceBy, emitLoopTo, vectorLocals } from './emit.ts';
import { type Kernel, kernelFunction } from './kernel.ts';
import {
  describePool,
  emitZeroImages,
  type PoolSizes,
  windowsCover,
  windowsInside,
  windowsOverlap,
} from './pool.ts';
import { floatBytes } from './sizes.ts';

/** Vectors of channels at a time: eight sums do not wait for each other. */
const widest = 8;
/** Windows of at most this many pixels are unrolled; larger ones are loops. */
const maxUnrolled = 16;

/** y, the mean of each window. The items are images. Addresses: x, y. */
export function averagePoolKernel(sizes: PoolSizes): Kernel {
  const name = `averagePool2d_${describePool(sizes)}`;
  return {
    name,
    build(module) {
      const { code, addresses, begin, end } = kernelFunction(module, name, ['x', 'y']);
      const [x, y] = addresses as [Local, Local];
      const sums = vectorLocals(code, 'sum', widest);
      const windows = new AverageWindows(code, sizes);
      windows.emit({ image: x, pooled: y, begin, end }, (group) => {
        const used = sums.slice(0, group.vectors);
        for (const sum of used) code.f32x4(0).set(sum);
        windows.emitTaps((pixel, offset) => {
          for (const [v, sum] of used.entries()) {
            code.get(sum);
            emitLoadVector(code, pixel, group, v, offset);
            code.op('f32x4.add').set(sum);
          }
        });
        for (const sum of used) code.get(sum).get(windows.share).op('f32x4.mul').set(sum);
        emitStoreGroup(code, y, group, used);
      });
      return code;
    },
  };
}

/** dx: every pixel of a window gets its share of dy. The items are images. Addresses: dx, dy. */
export function averagePoolBackwardKernel(sizes: PoolSizes): Kernel {
  const name = `averagePool2dBackward_${describePool(sizes)}`;
  return {
    name,
    build(module) {
      const { code, addresses, begin, end } = kernelFunction(module, name, ['dx', 'dy']);
      const [dx, dy] = addresses as [Local, Local];
      const [shares, sums] = ['share', 'sum'].map((local) => vectorLocals(code, local, widest)) as [
        Local[],
        Local[],
      ];
      const overlap = windowsOverlap(sizes);
      if (overlap || !windowsCover(sizes)) emitZeroImages(code, sizes, dx, begin, end);
      const windows = new AverageWindows(code, sizes);
      windows.emit({ image: dx, pooled: dy, begin, end }, (group) => {
        const used = shares.slice(0, group.vectors);
        for (const [v, share] of used.entries()) {
          emitLoadVector(code, dy, group, v);
          code.get(windows.share).op('f32x4.mul').set(share);
        }
        windows.emitTaps((pixel, offset) => {
          if (!overlap) {
            emitStoreGroup(code, pixel, group, used, offset);
            return;
          }
          for (const [v, share] of used.entries()) {
            emitLoadVector(code, pixel, group, v, offset);
            code.get(share).op('f32x4.add').set(sums[v]!);
          }
          emitStoreGroup(code, pixel, group, sums, offset);
        });
      });
      return code;
    },
  };
}

interface Walk {
  readonly image: Local;
  /** Moves from one pooled pixel to the next. */
  readonly pooled: Local;
  readonly begin: Local;
  readonly end: Local;
}

/** A walk over the windows of images, some channels at a time. A window ends at the edge of the image. */
class AverageWindows {
  /** A vector of 1 / (number of pixels under the window). */
  readonly share: Local;
  readonly #code: FunctionBuilder;
  readonly #sizes: PoolSizes;
  /** The first pixel under the window, and the numbers of rows and columns under it. */
  readonly #corner: Local;
  readonly #rows: Local;
  readonly #columns: Local;
  readonly #line: Local;
  readonly #pixel: Local;
  readonly #row: Local;
  readonly #column: Local;

  constructor(code: FunctionBuilder, sizes: PoolSizes) {
    this.#code = code;
    this.#sizes = sizes;
    this.share = code.local('v128', 'share');
    const names = ['corner', 'rows', 'columns', 'line', 'pixel', 'row', 'column'];
    const locals = names.map((local) => code.local('i32', local));
    [this.#corner, this.#rows, this.#columns, this.#line, this.#pixel, this.#row, this.#column] = locals as [
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
    ];
  }

  /** Calls `body` for each size of group. Its code runs for each window and each group of that size. */
  emit({ image, pooled, begin, end }: Walk, body: (group: ChannelGroup) => void): void {
    const code = this.#code;
    const { h, w, channels, oh, ow, height, width, strideY, strideX, padTop, padLeft } = this.#sizes;
    const pixelBytes = channels * floatBytes;
    const inside = windowsInside(this.#sizes);
    emitAdvanceBy(code, image, begin, h * w * pixelBytes);
    emitAdvanceBy(code, pooled, begin, oh * ow * pixelBytes);
    const [top, left, topEnd, leftEnd] = ['top', 'left', 'top_end', 'left_end'].map((local) =>
      code.local('i32', local),
    ) as [Local, Local, Local, Local];
    const [firstRow, firstColumn] = [code.local('i32', 'first_row'), code.local('i32', 'first_column')];
    if (inside) {
      code.i32(height).set(this.#rows).i32(width).set(this.#columns);
      code.f32x4(1 / (height * width)).set(this.share);
    }
    code
      .i32(oh * strideY)
      .set(topEnd)
      .i32(ow * strideX)
      .set(leftEnd);
    emitLoopTo(code, begin, end, 1, () => {
      // positions count from the first row and column of the padding, so that none is negative
      code.i32(0).set(top);
      emitLoopTo(code, top, topEnd, strideY, () => {
        emitCut(code, { position: top, size: height, before: padTop, length: h }, firstRow, this.#rows);
        code.i32(0).set(left);
        emitLoopTo(code, left, leftEnd, strideX, () => {
          const columns = { position: left, size: width, before: padLeft, length: w };
          emitCut(code, columns, firstColumn, this.#columns);
          if (!inside) {
            code.f32(1).get(this.#rows).get(this.#columns).op('i32.mul').op('f32.convert_i32_u');
            code.op('f32.div').op('f32x4.splat').set(this.share);
          }
          code.get(firstRow).i32(w).op('i32.mul').get(firstColumn).op('i32.add');
          code.i32(pixelBytes).op('i32.mul').get(image).op('i32.add').set(this.#corner);
          emitChannelGroups(code, { channels, widest }, [this.#corner, pooled], body);
        });
      });
      emitAdvance(code, image, h * w * pixelBytes);
    });
  }

  /** Calls `body` with an address and an offset. Its code runs for each pixel under the window. */
  emitTaps(body: (pixel: Local, offset: number) => void): void {
    const code = this.#code;
    const { w, channels, height, width } = this.#sizes;
    const pixelBytes = channels * floatBytes;
    if (windowsInside(this.#sizes) && height * width <= maxUnrolled) {
      for (let tap = 0; tap < height * width; tap++) {
        body(this.#corner, (Math.floor(tap / width) * w + (tap % width)) * pixelBytes);
      }
      return;
    }
    code.get(this.#corner).set(this.#line).i32(0).set(this.#row);
    emitLoopTo(code, this.#row, this.#rows, 1, () => {
      code.get(this.#line).set(this.#pixel).i32(0).set(this.#column);
      emitLoopTo(code, this.#column, this.#columns, 1, () => {
        body(this.#pixel, 0);
        emitAdvance(code, this.#pixel, pixelBytes);
      });
      emitAdvance(code, this.#line, w * pixelBytes);
    });
  }
}

interface Extent {
  /** Where the window begins, counted from the start of the padding. */
  readonly position: Local;
  readonly size: number;
  /** Pixels of padding before the image, and the length of the image. */
  readonly before: number;
  readonly length: number;
}

/** The part of a window that lies inside the image, along one axis: its first position in the image, and its length. */
function emitCut(
  code: FunctionBuilder,
  { position, size, before, length }: Extent,
  first: Local,
  count: Local,
): void {
  // first = max(position, before); count = min(position + size, before + length) − first, then first −= before
  code.get(position).set(first).get(position).set(count);
  code
    .get(first)
    .i32(before)
    .op('i32.lt_u')
    .if(() => code.i32(before).set(first));
  emitAdvance(code, count, size);
  code
    .get(count)
    .i32(before + length)
    .op('i32.gt_u')
    .if(() => code.i32(before + length).set(count));
  code.get(count).get(first).op('i32.sub').set(count);
  emitAdvance(code, first, -before);
}
