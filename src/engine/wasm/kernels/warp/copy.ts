import type { FunctionBuilder, Local } from '../../assembler/function-builder.ts';
import { emitAdvance, emitLoopTo, emitLoopWhole, emitZeros, floatLanes } from '../emit.ts';
import { floatBytes, vectorBytes } from '../sizes.ts';
import { emitReflected } from './reflect.ts';
import { locals, type WarpWalk } from './walk.ts';

/**
 * Copies an image that is only mirrored or moved by whole pixels. Column x of the result is column x1 + x of the
 * image, or x1 − x if it is mirrored. That is inside the image for edge ≤ x < edge + w, with edge = −x1, or
 * x1 − (w − 1) if it is mirrored.
 */
export function emitCopy(walk: WarpWalk): void {
  const { code } = walk;
  const { h, w, image, fill } = walk.parts;
  const { xx, x1, y1 } = walk.parts.transform;
  const { edge, first, last } = locals(code, 'f32', 'edge', 'first', 'last');
  const { sourceY, x } = locals(code, 'f32', 'sourceY', 'x');
  const { sourceRow, sourceColumn } = locals(code, 'i32', 'sourceRow', 'sourceColumn');
  const { from, copyStart, copyEnd } = locals(code, 'i32', 'from', 'copyStart', 'copyEnd');
  const isMirrored = (): FunctionBuilder => code.get(xx).f32(0).op('f32.lt');
  code.f32(0).get(x1).op('f32.sub').set(edge);
  isMirrored().if(() => {
    code.get(x1).f32(w - 1);
    code.op('f32.sub').set(edge);
  });
  code.get(edge);
  walk.emitClamp(w);
  code.set(first).get(edge).f32(w).op('f32.add');
  walk.emitClamp(w);
  code.set(last);
  code.get(xx).get(first).op('f32.mul').get(x1).op('f32.add').op('i32.trunc_sat_f32_s').set(sourceColumn);
  const emitLeftAndInside = (emitLeft: (end: Local) => void): void => {
    for (const [column, address] of [
      [first, copyStart],
      [last, copyEnd],
    ] as const) {
      code.get(column).op('i32.trunc_sat_f32_s').i32(walk.pixelBytes).op('i32.mul');
      code.get(walk.to).op('i32.add').set(address);
    }
    emitLeft(copyStart);
    walk.emitAddress(image, sourceRow, sourceColumn);
    code.set(from);
    isMirrored().if(() => emitCopyBackward(walk, from, copyEnd));
    emitCopyForward(walk, from, copyEnd); // nothing is left of a mirrored row
  };
  code.get(y1).set(sourceY);
  walk.emitRows(() => {
    if (fill === 'reflect') {
      emitReflected(code, sourceY, h - 1);
      code.op('i32.trunc_sat_f32_s').set(sourceRow);
      code.f32(0).set(x);
      emitLeftAndInside((end) => emitMirrorImage(walk, sourceRow, x, end));
      code.get(last).set(x);
      emitMirrorImage(walk, sourceRow, x, walk.rowEnd);
    } else {
      code.get(sourceY).op('i32.trunc_sat_f32_s').tee(sourceRow);
      code.i32(h).op('i32.lt_u'); // unsigned: a negative row is a large one
      code.if(() => emitLeftAndInside((end) => emitZeros(code, walk.to, end)));
      emitZeros(code, walk.to, walk.rowEnd);
    }
    code.get(sourceY).f32(1).op('f32.add').set(sourceY);
  });
}

/** Fills a part of a row that is outside of the image, pixel by pixel, from column `x` (an f32) on, which moves on. */
function emitMirrorImage(walk: WarpWalk, row: Local, x: Local, end: Local): void {
  const { code } = walk;
  const { w, image } = walk.parts;
  const { xx, x1 } = walk.parts.transform;
  const { sourceX } = locals(code, 'f32', 'sourceX');
  const { column } = locals(code, 'i32', 'column');
  emitLoopTo(code, walk.to, end, walk.pixelBytes, () => {
    code.get(xx).get(x).op('f32.mul').get(x1).op('f32.add').set(sourceX);
    emitReflected(code, sourceX, w - 1);
    code.op('i32.trunc_sat_f32_s').set(column);
    walk.emitAddress(image, row, column);
    code.set(walk.pixel);
    emitCopyPixel(walk, walk.pixel);
    code.get(x).f32(1).op('f32.add').set(x);
  });
}

function emitCopyPixel(walk: WarpWalk, from: Local): void {
  for (let offset = 0; offset < walk.pixelBytes; offset += floatBytes) {
    walk.code.get(walk.to).get(from).memory('f32.load', offset).memory('f32.store', offset);
  }
}

function emitCopyForward(walk: WarpWalk, from: Local, end: Local): void {
  const { code } = walk;
  emitLoopWhole(code, walk.to, end, vectorBytes, () => {
    code.get(walk.to).get(from).memory('v128.load').memory('v128.store');
    emitAdvance(code, from, vectorBytes);
  });
  emitLoopTo(code, walk.to, end, floatBytes, () => {
    code.get(walk.to).get(from).memory('f32.load').memory('f32.store');
    emitAdvance(code, from, floatBytes);
  });
}

/** `from` is the address of the last pixel, and goes down. */
function emitCopyBackward(walk: WarpWalk, from: Local, end: Local): void {
  const { code } = walk;
  const { channels } = walk.parts;
  if (channels === 1) {
    const { pixels } = locals(code, 'v128', 'pixels');
    emitLoopWhole(code, walk.to, end, vectorBytes, () => {
      emitAdvance(code, from, floatBytes - vectorBytes); // the first of the four
      code.get(walk.to).get(from).memory('v128.load').tee(pixels).get(pixels).shuffle(reversed);
      code.memory('v128.store');
      emitAdvance(code, from, -floatBytes);
    });
  }
  emitLoopTo(code, walk.to, end, walk.pixelBytes, () => {
    emitCopyPixel(walk, from);
    emitAdvance(code, from, -walk.pixelBytes);
  });
}

const reversed = floatLanes(3, 2, 1, 0);
