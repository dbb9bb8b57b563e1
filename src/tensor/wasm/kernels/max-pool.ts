import type { PoolConstants } from '../../operation.ts';
import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import {
  emitAdvance,
  emitAdvanceBy,
  emitLoadLanes,
  emitLoopTo,
  emitRepeat,
  emitStoreLanes,
  emitZeros,
  floatBytes,
  lanes,
} from './emit.ts';
import { type Kernel, kernelFunction } from './kernel.ts';

/** Sizes of the images and of the pooled ones. */
export interface PoolSizes extends PoolConstants {
  readonly h: number;
  readonly w: number;
  readonly channels: number;
  readonly oh: number;
  readonly ow: number;
}

function describe({ h, w, channels, height, width, strideY, strideX, padTop, padLeft }: PoolSizes): string {
  return `${h}x${w}x${channels}_by_${height}x${width}_stride_${strideY}_${strideX}_pad_${padTop}_${padLeft}`;
}

/** y and argmax of each window, four channels at a time; the units are images. Addresses: x, y, argmax. */
export function maxPoolKernel(sizes: PoolSizes): Kernel {
  const name = `maxPool2d_${describe(sizes)}`;
  return {
    name,
    build(module) {
      const { code, addresses, begin, end } = kernelFunction(module, name, ['x', 'y', 'argmax']);
      const [x, y, argmax] = addresses as [Local, Local, Local];
      const [best, place, value, larger] = ['best', 'place', 'value', 'larger'].map((local) =>
        code.local('v128', local),
      ) as [Local, Local, Local, Local];
      const windows = new WindowEmitter(code, sizes);
      windows.emit({ image: x, pooled: [y, argmax], begin, end }, (count) => {
        code.f32x4(-Infinity).set(best).i32x4(0, 0, 0, 0).set(place);
        windows.emitTaps((tap, pixel) => {
          emitLoadLanes(code, pixel, count, 0);
          code.tee(value).get(best).op('f32x4.gt').set(larger);
          code.get(value).get(best).get(larger).op('v128.bitselect').set(best);
          code.i32x4(tap, tap, tap, tap).get(place).get(larger).op('v128.bitselect').set(place);
        });
        emitStoreLanes(code, y, best, count, 0);
        emitStoreLanes(code, argmax, place, count, 0);
      });
      return code;
    },
  };
}

/** dx, zeros first, then dy added where argmax points; the units are images. Addresses: dx, dy, argmax. */
export function maxPoolBackwardKernel(sizes: PoolSizes): Kernel {
  const name = `maxPool2dBackward_${describe(sizes)}`;
  return {
    name,
    build(module) {
      const { code, addresses, begin, end } = kernelFunction(module, name, ['dx', 'dy', 'argmax']);
      const [dx, dy, argmax] = addresses as [Local, Local, Local];
      const [gradient, place, sum] = ['gradient', 'place', 'sum'].map((local) =>
        code.local('v128', local),
      ) as [Local, Local, Local];
      const [zero, zeroEnd] = [code.local('i32', 'zero'), code.local('i32', 'zero_end')];
      const imageBytes = sizes.h * sizes.w * sizes.channels * floatBytes;
      code.get(dx).set(zero).get(dx).set(zeroEnd);
      emitAdvanceBy(code, zero, begin, imageBytes);
      emitAdvanceBy(code, zeroEnd, end, imageBytes);
      emitZeros(code, zero, zeroEnd);
      const windows = new WindowEmitter(code, sizes);
      windows.emit({ image: dx, pooled: [dy, argmax], begin, end }, (count) => {
        emitLoadLanes(code, dy, count, 0);
        code.set(gradient);
        emitLoadLanes(code, argmax, count, 0);
        code.set(place);
        windows.emitTaps((tap, pixel) => {
          emitLoadLanes(code, pixel, count, 0);
          code.get(place).i32x4(tap, tap, tap, tap).op('i32x4.eq').get(gradient).op('v128.and');
          code.op('f32x4.add').set(sum);
          emitStoreLanes(code, pixel, sum, count, 0);
        });
      });
      return code;
    },
  };
}

interface Walk {
  readonly image: Local;
  /** Addresses that move along the pooled pixels. */
  readonly pooled: readonly Local[];
  readonly begin: Local;
  readonly end: Local;
}

/** Walks over the windows of images, four channels at a time. */
class WindowEmitter {
  readonly #code: FunctionBuilder;
  readonly #sizes: PoolSizes;
  readonly #oy: Local;
  readonly #ox: Local;
  readonly #chunk: Local;
  readonly #corner: Local;
  readonly #pixel: Local;
  readonly #iy: Local;
  readonly #ix: Local;

  constructor(code: FunctionBuilder, sizes: PoolSizes) {
    this.#code = code;
    this.#sizes = sizes;
    [this.#oy, this.#ox, this.#chunk, this.#corner, this.#pixel, this.#iy, this.#ix] = [
      'oy',
      'ox',
      'chunk',
      'corner',
      'pixel',
      'iy',
      'ix',
    ].map((local) => code.local('i32', local)) as [Local, Local, Local, Local, Local, Local, Local];
  }

  /** Calls `body` for each window and each group of up to four channels. */
  emit({ image, pooled, begin, end }: Walk, body: (count: number) => void): void {
    const code = this.#code;
    const { h, w, channels, oh, ow, strideY, strideX, padTop, padLeft } = this.#sizes;
    emitAdvanceBy(code, image, begin, h * w * channels * floatBytes);
    for (const pointer of pooled) emitAdvanceBy(code, pointer, begin, oh * ow * channels * floatBytes);
    const [height, width] = [code.local('i32', 'oh'), code.local('i32', 'ow')];
    code.i32(oh).set(height).i32(ow).set(width);
    const group = (count: number): void => {
      body(count);
      for (const pointer of [this.#corner, ...pooled]) emitAdvance(code, pointer, count * floatBytes);
    };
    emitLoopTo(code, begin, end, 1, () => {
      code.i32(0).set(this.#oy);
      emitLoopTo(code, this.#oy, height, 1, () => {
        code.i32(0).set(this.#ox);
        emitLoopTo(code, this.#ox, width, 1, () => {
          // the window's first pixel, which may lie outside of the image
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
          if (channels >= lanes)
            emitRepeat(code, this.#chunk, Math.floor(channels / lanes), () => group(lanes));
          if (channels % lanes > 0) group(channels % lanes);
        });
      });
      emitAdvance(code, image, h * w * channels * floatBytes);
    });
  }

  /** Calls `body` for each tap, in code that runs only where the tap lies inside the image. */
  emitTaps(body: (tap: number, pixel: Local) => void): void {
    const code = this.#code;
    const { h, w, channels, height, width } = this.#sizes;
    for (let tap = 0; tap < height * width; tap++) {
      const [ky, kx] = [Math.floor(tap / width), tap % width];
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
          code
            .get(this.#corner)
            .i32((ky * w + kx) * channels * floatBytes)
            .op('i32.add')
            .set(this.#pixel);
          body(tap, this.#pixel);
        });
    }
  }
}
