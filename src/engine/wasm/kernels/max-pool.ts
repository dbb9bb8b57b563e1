import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import { type ChannelGroup, emitChannelGroups, emitLoadVector, emitStoreGroup } from './channels.ts';
import { emitAdvance, emitAdvanceBy, emitLoopTo, vectorLocals } from './emit.ts';
import { type Kernel, kernelFunction } from './kernel.ts';
import {
  describePool,
  emitLarger,
  emitNoneYet,
  emitZeroImages,
  type PoolSizes,
  windowsCover,
  windowsInside,
  windowsOverlap,
} from './pool.ts';
import { floatBytes } from './sizes.ts';

/** Neighbouring vectors at a time: two, which V8 can pack into one. */
const widest = 2;

function indices({ vectors }: ChannelGroup): number[] {
  return Array.from({ length: vectors }, (_, index) => index);
}

/**
 * y and argmax, the largest pixel of each window and its place in it. The items are images. Addresses: x, y, argmax.
 */
export function maxPoolKernel(sizes: PoolSizes): Kernel {
  const name = `maxPool2d_${describePool(sizes)}`;
  return {
    name,
    build(module) {
      const { code, addresses, begin, end } = kernelFunction(module, name, ['x', 'y', 'argmax']);
      const [x, y, argmax] = addresses as [Local, Local, Local];
      const [best, place, value, larger] = ['best', 'place', 'value', 'larger'].map((local) =>
        vectorLocals(code, local, widest),
      ) as [Local[], Local[], Local[], Local[]];
      const windows = new WindowEmitter(code, sizes);
      windows.emit({ image: x, pooled: [y, argmax], begin, end }, (group) => {
        const largest = indices(group).map((v) => ({ best: best[v]!, place: place[v]!, larger: larger[v]! }));
        for (const vector of largest) emitNoneYet(code, vector);
        windows.emitTaps((tap, pixel, offset) => {
          for (const v of indices(group)) {
            emitLoadVector(code, pixel, group, v, offset);
            code.set(value[v]!);
          }
          for (const [v, vector] of largest.entries()) emitLarger(code, value[v]!, tap, vector);
        });
        emitStoreGroup(code, y, group, best);
        emitStoreGroup(code, argmax, group, place);
      });
      return code;
    },
  };
}

/** dx: dy at the pixels that argmax names, 0 elsewhere. The items are images. Addresses: dx, dy, argmax. */
export function maxPoolBackwardKernel(sizes: PoolSizes): Kernel {
  const name = `maxPool2dBackward_${describePool(sizes)}`;
  // if every pixel lies under exactly one window, dx is written once, and nothing is added up
  const tiled = windowsCover(sizes) && !windowsOverlap(sizes);
  return {
    name,
    build(module) {
      const { code, addresses, begin, end } = kernelFunction(module, name, ['dx', 'dy', 'argmax']);
      const [dx, dy, argmax] = addresses as [Local, Local, Local];
      const [gradient, place, sum] = ['gradient', 'place', 'sum'].map((local) =>
        vectorLocals(code, local, widest),
      ) as [Local[], Local[], Local[]];
      if (!tiled) emitZeroImages(code, sizes, dx, begin, end);
      const windows = new WindowEmitter(code, sizes);
      windows.emit({ image: dx, pooled: [dy, argmax], begin, end }, (group) => {
        for (const [pointer, locals] of [[dy, gradient] as const, [argmax, place] as const]) {
          for (const v of indices(group)) {
            emitLoadVector(code, pointer, group, v);
            code.set(locals[v]!);
          }
        }
        windows.emitTaps((tap, pixel, offset) => {
          for (const v of indices(group)) {
            code.get(place[v]!).i32x4(tap, tap, tap, tap).op('i32x4.eq').get(gradient[v]!).op('v128.and');
            if (!tiled) {
              emitLoadVector(code, pixel, group, v, offset);
              code.op('f32x4.add');
            }
            code.set(sum[v]!);
          }
          emitStoreGroup(code, pixel, group, sum, offset);
        });
      });
      return code;
    },
  };
}

interface Walk {
  readonly image: Local;
  /** Addresses that move from one pooled pixel to the next. */
  readonly pooled: readonly Local[];
  readonly begin: Local;
  readonly end: Local;
}

/** A walk over the windows of images, eight channels at a time, then the remaining ones. */
class WindowEmitter {
  readonly #code: FunctionBuilder;
  readonly #sizes: PoolSizes;
  readonly #oy: Local;
  readonly #ox: Local;
  readonly #corner: Local;
  readonly #pixel: Local;
  readonly #iy: Local;
  readonly #ix: Local;

  constructor(code: FunctionBuilder, sizes: PoolSizes) {
    this.#code = code;
    this.#sizes = sizes;
    [this.#oy, this.#ox, this.#corner, this.#pixel, this.#iy, this.#ix] = [
      'oy',
      'ox',
      'corner',
      'pixel',
      'iy',
      'ix',
    ].map((local) => code.local('i32', local)) as [Local, Local, Local, Local, Local, Local];
  }

  /** Calls `body` for each window and each group of channels. */
  emit({ image, pooled, begin, end }: Walk, body: (group: ChannelGroup) => void): void {
    const code = this.#code;
    const { h, w, channels, oh, ow, strideY, strideX, padTop, padLeft } = this.#sizes;
    emitAdvanceBy(code, image, begin, h * w * channels * floatBytes);
    for (const pointer of pooled) emitAdvanceBy(code, pointer, begin, oh * ow * channels * floatBytes);
    const [height, width] = [code.local('i32', 'oh'), code.local('i32', 'ow')];
    code.i32(oh).set(height).i32(ow).set(width);
    emitLoopTo(code, begin, end, 1, () => {
      code.i32(0).set(this.#oy);
      emitLoopTo(code, this.#oy, height, 1, () => {
        code.i32(0).set(this.#ox);
        emitLoopTo(code, this.#ox, width, 1, () => {
          // the window's first pixel, which may lie outside the image
          code.get(this.#oy).i32(strideY).op('i32.mul').i32(padTop).op('i32.sub').set(this.#iy);
          code.get(this.#ox).i32(strideX).op('i32.mul').i32(padLeft).op('i32.sub').set(this.#ix);
          code
            .get(this.#iy)
            .i32(w)
            .op('i32.mul')
            .get(this.#ix)
            .op('i32.add')
            .i32(channels * floatBytes)
            .op('i32.mul');
          code.get(image).op('i32.add').set(this.#corner);
          emitChannelGroups(code, { channels, widest }, [this.#corner, ...pooled], body);
        });
      });
      emitAdvance(code, image, h * w * channels * floatBytes);
    });
  }

  /**
   * Calls `body` for each tap, with an address and an offset of its pixel. The code of `body` runs only where the tap
   * lies inside the image.
   */
  emitTaps(body: (tap: number, pixel: Local, offset: number) => void): void {
    const code = this.#code;
    const { h, w, channels, height, width } = this.#sizes;
    const inside = windowsInside(this.#sizes);
    for (let tap = 0; tap < height * width; tap++) {
      const [ky, kx] = [Math.floor(tap / width), tap % width];
      const offset = (ky * w + kx) * channels * floatBytes;
      if (inside) {
        body(tap, this.#corner, offset);
        continue;
      }
      // unsigned: a negative position is a large one
      code.get(this.#iy).i32(ky).op('i32.add').i32(h).op('i32.lt_u');
      code
        .get(this.#ix)
        .i32(kx)
        .op('i32.add')
        .i32(w)
        .op('i32.lt_u')
        .op('i32.and')
        .if(() => {
          code.get(this.#corner).i32(offset).op('i32.add').set(this.#pixel);
          body(tap, this.#pixel, 0);
        });
    }
  }
}
