import type { Local } from '../assembler/function-builder.ts';
import {
  emitAdvance,
  emitAdvanceBy,
  emitLoadLanes,
  emitLoopTo,
  emitRepeat,
  emitStoreLanes,
  vectorLocals,
} from './emit.ts';
import { type Kernel, kernelFunction } from './kernel.ts';
import { cacheLineBytes, floatBytes, lanes, vectorBytes } from './sizes.ts';

/** Pixels that a round converts: eight bytes become two vectors of floats. */
const pixelsPerRound = 8;

/** y[i] = scale · images[indices[i]]: bytes become 32-bit integers, then floats. The items are images. */
export function gatherImagesKernel(pixels: number, scale: number): Kernel {
  const name = `gatherImages_${pixels}_by_${Math.fround(scale)}`;
  return {
    name,
    build(module) {
      const { code, addresses, begin, end } = kernelFunction(module, name, ['images', 'indices', 'y']);
      const [images, indices, y] = addresses as [Local, Local, Local];
      const from = code.local('i32', 'from');
      const image = code.local('i32', 'image');
      const sum = code.local('i32', 'sum');
      const counter = code.local('i32', 'counter');
      const [words, lo, hi] = vectorLocals(code, 'pixels', 3) as [Local, Local, Local];
      emitAdvanceBy(code, indices, begin, floatBytes);
      emitAdvanceBy(code, y, begin, pixels * floatBytes);
      // The images of a batch lie all over the memory. First one byte of each of their cache lines is loaded, so that
      // memory answers many requests at once. V8 would leave out loads whose results are not used: the bytes are
      // summed, and the sum is stored where a pixel will overwrite it.
      code.get(begin).set(counter).get(indices).set(from);
      emitLoopTo(code, counter, end, 1, () => {
        code.get(from).memory('i32.load').i32(pixels).op('i32.mul').get(images).op('i32.add').set(image);
        for (let byte = 0; byte < pixels; byte += cacheLineBytes) {
          code.get(sum).get(image).memory('i32.load8_u', byte).op('i32.add').set(sum);
        }
        emitAdvance(code, from, floatBytes);
      });
      code
        .get(begin)
        .get(end)
        .op('i32.lt_u')
        .if(() => code.get(y).get(sum).memory('i32.store'));
      emitLoopTo(code, begin, end, 1, () => {
        code.get(indices).memory('i32.load').i32(pixels).op('i32.mul').get(images).op('i32.add').set(from);
        if (pixels >= pixelsPerRound) {
          emitRepeat(code, counter, Math.floor(pixels / pixelsPerRound), () => {
            code.get(from).memory('v128.load8x8_u').set(words);
            code
              .get(words)
              .op('i32x4.extend_low_i16x8_u')
              .op('f32x4.convert_i32x4_u')
              .f32x4(scale)
              .op('f32x4.mul')
              .set(lo);
            code
              .get(words)
              .op('i32x4.extend_high_i16x8_u')
              .op('f32x4.convert_i32x4_u')
              .f32x4(scale)
              .op('f32x4.mul')
              .set(hi);
            code.get(y).get(hi).memory('v128.store', vectorBytes);
            code.get(y).get(lo).memory('v128.store');
            emitAdvance(code, from, pixelsPerRound);
            emitAdvance(code, y, pixelsPerRound * floatBytes);
          });
        }
        for (let rest = 0; rest < pixels % pixelsPerRound; rest++) {
          code.get(y).get(from).memory('i32.load8_u', rest).op('f32.convert_i32_u').f32(scale).op('f32.mul');
          code.memory('f32.store', rest * floatBytes);
        }
        emitAdvance(code, y, (pixels % pixelsPerRound) * floatBytes);
        emitAdvance(code, indices, floatBytes);
      });
      return code;
    },
  };
}

/** y[i] = labels[indices[i]]. */
export function gatherLabelsKernel(): Kernel {
  const name = 'gatherLabels';
  return {
    name,
    build(module) {
      const { code, addresses, begin, end } = kernelFunction(module, name, ['labels', 'indices', 'y']);
      const [labels, indices, y] = addresses as [Local, Local, Local];
      for (const pointer of [indices, y]) emitAdvanceBy(code, pointer, begin, floatBytes);
      emitLoopTo(code, begin, end, 1, () => {
        code.get(y);
        code.get(labels).get(indices).memory('i32.load').op('i32.add').memory('i32.load8_u');
        code.memory('i32.store');
        for (const pointer of [indices, y]) emitAdvance(code, pointer, floatBytes);
      });
      return code;
    },
  };
}

/** y[i] = x[indices[i]]: rows of `size` floats. The items are rows. */
export function gatherRowsKernel(size: number): Kernel {
  const name = `gatherRows_${size}`;
  return {
    name,
    build(module) {
      const { code, addresses, begin, end } = kernelFunction(module, name, ['x', 'indices', 'y']);
      const [x, indices, y] = addresses as [Local, Local, Local];
      const from = code.local('i32', 'from');
      const counter = code.local('i32', 'counter');
      const [row] = vectorLocals(code, 'row', 1) as [Local];
      const rest = size % lanes;
      emitAdvanceBy(code, indices, begin, floatBytes);
      emitAdvanceBy(code, y, begin, size * floatBytes);
      emitLoopTo(code, begin, end, 1, () => {
        code.get(indices).memory('i32.load');
        code
          .i32(size * floatBytes)
          .op('i32.mul')
          .get(x)
          .op('i32.add')
          .set(from);
        if (size >= lanes) {
          emitRepeat(code, counter, Math.floor(size / lanes), () => {
            code.get(y).get(from).memory('v128.load').memory('v128.store');
            emitAdvance(code, from, vectorBytes);
            emitAdvance(code, y, vectorBytes);
          });
        }
        if (rest > 0) {
          emitLoadLanes(code, from, rest, 0);
          code.set(row);
          emitStoreLanes(code, y, row, rest, 0);
          emitAdvance(code, y, rest * floatBytes);
        }
        emitAdvance(code, indices, floatBytes);
      });
      return code;
    },
  };
}
