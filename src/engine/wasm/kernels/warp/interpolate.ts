import type { FunctionBuilder, Local } from '../../assembler/function-builder.ts';
import { emitLoopTo, emitStoreLanes, floatLanes } from '../emit.ts';
import { floatBytes, lanes } from '../sizes.ts';
import { type Tap, TapLoads } from './taps.ts';
import { locals, type WarpWalk } from './walk.ts';

/** Interpolates each pixel between the four around its place in the image, up to four channels at a time. */
export function emitInterpolate(walk: WarpWalk): void {
  const { code } = walk;
  const { channels } = walk.parts;
  const { xx, xy, x1, yx, yy, y1 } = walk.parts.transform;
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
  const pixels = new TapLoads(walk, taps, whole);

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
      pixels.emitFind();
      for (let c = 0; c < channels; c += lanes) {
        const count = Math.min(lanes, channels - c);
        pixels.emitLoad(c, count);
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

/** a ← a + t·(b − a) */
function emitInterpolation(code: FunctionBuilder, a: Local, b: Local, t: Local): void {
  code.get(a).get(t).get(b).get(a).op('f32x4.sub').op('f32x4.mul').op('f32x4.add').set(a);
}

const firstLane = floatLanes(0, 0, 0, 0);
const secondLane = floatLanes(1, 1, 1, 1);
