import type { FunctionBuilder, Local } from '../../assembler/function-builder.ts';
import { emitLoadLanes, emitLoopTo, emitStoreLanes, floatLanes } from '../emit.ts';
import { floatBytes, lanes } from '../sizes.ts';
import { locals, type WarpWalk } from './walk.ts';

/** One of the four pixels around a place, by its distance from the upper left one, and the local of its values. */
interface Tap {
  readonly dy: number;
  readonly dx: number;
  readonly value: Local;
}

/** Interpolates each pixel between the four around its place in the image, up to four channels at a time. */
export function emitInterpolate(walk: WarpWalk): void {
  const { code } = walk;
  const { h, w, channels, image } = walk.parts;
  const { xx, xy, x1, yx, yy, y1 } = walk.parts.transform;
  const { row, column, corner, inside } = locals(code, 'i32', 'row', 'column', 'corner', 'inside');
  // the place's column and row side by side: (xx, yx)·x + ((xy, yy)·y + (x1, y1))
  const { perColumn, perRow, start, x, y } = locals(code, 'v128', 'perColumn', 'perRow', 'start', 'x', 'y');
  const { rowStart, place, whole } = locals(code, 'v128', 'rowStart', 'place', 'whole');
  const { alongX, alongY } = locals(code, 'v128', 'alongX', 'alongY');
  const { upperLeft, upperRight } = locals(code, 'v128', 'upperLeft', 'upperRight');
  const { lowerLeft, lowerRight } = locals(code, 'v128', 'lowerLeft', 'lowerRight');
  const taps: Tap[] = [
    { dy: 0, dx: 0, value: upperLeft },
    { dy: 0, dx: 1, value: upperRight },
    { dy: 1, dx: 0, value: lowerLeft },
    { dy: 1, dx: 1, value: lowerRight },
  ];

  for (const [first, second, pair] of [
    [xx, yx, perColumn],
    [xy, yy, perRow],
    [x1, y1, start],
  ] as const) {
    code.get(first).op('f32x4.splat').get(second).lane('f32x4.replace_lane', 1).set(pair);
  }
  code.f32x4(0).set(y);
  walk.emitRows(() => {
    code.get(perRow).get(y).op('f32x4.mul').get(start).op('f32x4.add').set(rowStart);
    code.f32x4(0).set(x);
    emitLoopTo(code, walk.to, walk.rowEnd, walk.pixelBytes, () => {
      code.get(perColumn).get(x).op('f32x4.mul').get(rowStart).op('f32x4.add');
      code.tee(place).get(place).op('f32x4.floor').tee(whole).op('f32x4.sub').set(place);
      code.get(place).get(place).shuffle(firstLane).set(alongX);
      code.get(place).get(place).shuffle(secondLane).set(alongY);
      code.get(whole).op('i32x4.trunc_sat_f32x4_s').tee(whole);
      code.lane('i32x4.extract_lane', 0).set(column);
      code.get(whole).lane('i32x4.extract_lane', 1).set(row);
      walk.emitAddress(image, row, column);
      code.set(corner);
      // unsigned: a negative position is a large one
      code.get(row).i32(h - 1);
      code.op('i32.lt_u').get(column);
      code.i32(w - 1).op('i32.lt_u');
      code.op('i32.and').set(inside);
      for (let c = 0; c < channels; c += lanes) {
        const count = Math.min(lanes, channels - c);
        code.get(inside).if(() => {
          for (const tap of taps) emitLoadTap(walk, tap, corner, count, c);
        });
        code.get(inside).op('i32.eqz');
        code.if(() => {
          for (const tap of taps) {
            code.f32x4(0).set(tap.value);
            code.get(row).i32(tap.dy).op('i32.add').i32(h).op('i32.lt_u');
            code.get(column).i32(tap.dx).op('i32.add').i32(w).op('i32.lt_u').op('i32.and');
            code.if(() => emitLoadTap(walk, tap, corner, count, c));
          }
        });
        emitInterpolation(code, upperLeft, upperRight, alongX);
        emitInterpolation(code, lowerLeft, lowerRight, alongX);
        emitInterpolation(code, upperLeft, lowerLeft, alongY);
        emitStoreLanes(code, walk.to, upperLeft, count, c * floatBytes);
      }
      code.get(x).f32x4(1).op('f32x4.add').set(x);
    });
    code.get(y).f32x4(1).op('f32x4.add').set(y);
  });
}

/** Loads channels of one of the four pixels at a corner. The corner itself may lie outside of all memory. */
function emitLoadTap(
  walk: WarpWalk,
  { dy, dx, value }: Tap,
  corner: Local,
  channels: number,
  firstChannel: number,
): void {
  const { code } = walk;
  const offset = (dy * walk.parts.w + dx) * walk.pixelBytes + firstChannel * floatBytes;
  code.get(corner).i32(offset).op('i32.add').set(walk.pixel);
  emitLoadLanes(code, walk.pixel, channels, 0);
  code.set(value);
}

/** a ← a + t·(b − a) */
function emitInterpolation(code: FunctionBuilder, a: Local, b: Local, t: Local): void {
  code.get(a).get(t).get(b).get(a).op('f32x4.sub').op('f32x4.mul').op('f32x4.add').set(a);
}

const firstLane = floatLanes(0, 0, 0, 0);
const secondLane = floatLanes(1, 1, 1, 1);
