/**
 * Images through affine maps, with rectangles erased, as reference/warp.ts does it. An image that is only mirrored or
 * moved by whole pixels is copied row by row; all others are interpolated.
 */
import { type Fill, transformSize } from '../../../../tensor/warp.ts';
import type { Local } from '../../assembler/function-builder.ts';
import { emitAdvance, emitAdvanceBy, emitLoopTo, emitZeros } from '../emit.ts';
import { type Kernel, kernelFunction } from '../kernel.ts';
import { floatBytes } from '../sizes.ts';
import { emitCopy } from './copy.ts';
import { emitInterpolate } from './interpolate.ts';
import { locals, transformNames, WarpWalk } from './walk.ts';

/** The items are images. Addresses: images, transforms [images, 10], y. */
export function warpImagesKernel(h: number, w: number, channels: number, fill: Fill): Kernel {
  const name = `warpImages_${h}x${w}x${channels}_${fill}`;
  return {
    name,
    build(module) {
      const { code, addresses, begin, end } = kernelFunction(module, name, ['images', 'transforms', 'y']);
      const [images, transforms, result] = addresses as [Local, Local, Local];
      const imageBytes = h * w * channels * floatBytes;
      const transform = locals(code, 'f32', ...transformNames);
      const { straight } = locals(code, 'i32', 'straight');
      const walk = new WarpWalk(code, { h, w, channels, fill, image: images, result, transform });
      for (const pointer of [images, result]) emitAdvanceBy(code, pointer, begin, imageBytes);
      emitAdvanceBy(code, transforms, begin, transformSize * floatBytes);
      emitLoopTo(code, begin, end, 1, () => {
        for (const [index, number] of transformNames.entries()) {
          code
            .get(transforms)
            .memory('f32.load', index * floatBytes)
            .set(transform[number]);
        }
        emitIsStraight(walk);
        code.tee(straight).if(() => emitCopy(walk));
        code
          .get(straight)
          .op('i32.eqz')
          .if(() => emitInterpolate(walk));
        emitErase(walk);
        for (const pointer of [images, result]) emitAdvance(code, pointer, imageBytes);
        emitAdvance(code, transforms, transformSize * floatBytes);
      });
      return code;
    },
  };
}

/** Leaves 1 on the stack if the image is only mirrored and moved by whole pixels, else 0. */
function emitIsStraight(walk: WarpWalk): void {
  const { code } = walk;
  const { xx, xy, x1, yx, yy, y1 } = walk.parts.transform;
  code.get(xx).op('f32.abs').f32(1).op('f32.eq');
  code.get(xy).f32(0).op('f32.eq').op('i32.and');
  code.get(yx).f32(0).op('f32.eq').op('i32.and');
  code.get(yy).f32(1).op('f32.eq').op('i32.and');
  for (const move of [x1, y1]) code.get(move).op('f32.floor').get(move).op('f32.eq').op('i32.and');
}

/** Writes zeros to the part of the rectangle that lies inside the image. */
function emitErase(walk: WarpWalk): void {
  const { code } = walk;
  const { h, w, result } = walk.parts;
  const { top, left, bottom, right } = walk.parts.transform;
  const { row, endRow, start, end } = locals(code, 'i32', 'row', 'endRow', 'start', 'end');
  code.get(right).get(left).op('f32.max').set(right);
  for (const [edge, size, index] of [
    [top, h, row],
    [bottom, h, endRow],
    [left, w, start],
    [right, w, end],
  ] as const) {
    code.get(edge).op('f32.ceil'); // the first whole number at or after the edge
    walk.emitClamp(size);
    code.op('i32.trunc_sat_f32_s').set(index);
  }
  emitLoopTo(code, row, endRow, 1, () => {
    walk.emitAddress(result, row, start);
    code.set(walk.to);
    walk.emitAddress(result, row, end);
    code.set(walk.rowEnd);
    emitZeros(code, walk.to, walk.rowEnd);
  });
}
