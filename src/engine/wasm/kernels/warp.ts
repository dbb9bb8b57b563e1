import { transformSize } from '../../../tensor/warp.ts';
import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import type { ValueType } from '../assembler/instructions.ts';
import {
  emitAdvance,
  emitAdvanceBy,
  emitLoadLanes,
  emitLoopTo,
  emitLoopWhole,
  emitRepeat,
  emitStoreLanes,
  emitZeros,
  floatLanes,
} from './emit.ts';
import { floatBytes, lanes, vectorBytes } from './sizes.ts';
import { type Kernel, kernelFunction } from './kernel.ts';

/**
 * Images through affine maps, with rectangles erased, as reference/warp.ts defines it; the items are images.
 * An image that is only mirrored, or moved by whole pixels, is copied row by row; others are interpolated.
 */
export function warpImagesKernel(h: number, w: number, channels: number): Kernel {
  const name = `warpImages_${h}x${w}x${channels}`;
  return {
    name,
    build(module) {
      const { code, addresses, begin, end } = kernelFunction(module, name, ['images', 'transforms', 'y']);
      const [images, transforms, result] = addresses as [Local, Local, Local];
      const imageBytes = h * w * channels * floatBytes;
      const transform = locals(code, 'f32', ...transformNames);
      const { straight } = locals(code, 'i32', 'straight');
      const warp = new WarpEmitter(code, { h, w, channels, image: images, result, transform });
      for (const pointer of [images, result]) emitAdvanceBy(code, pointer, begin, imageBytes);
      emitAdvanceBy(code, transforms, begin, transformSize * floatBytes);
      emitLoopTo(code, begin, end, 1, () => {
        for (const [index, number] of transformNames.entries()) {
          code
            .get(transforms)
            .memory('f32.load', index * floatBytes)
            .set(transform[number]);
        }
        warp.emitIsStraight();
        code.tee(straight).if(() => warp.emitCopy());
        code
          .get(straight)
          .op('i32.eqz')
          .if(() => warp.emitInterpolate());
        warp.emitErase();
        for (const pointer of [images, result]) emitAdvance(code, pointer, imageBytes);
        emitAdvance(code, transforms, transformSize * floatBytes);
      });
      return code;
    },
  };
}

const transformNames = ['xx', 'xy', 'x1', 'yx', 'yy', 'y1', 'top', 'left', 'bottom', 'right'] as const;

/** New local variables, by name. */
function locals<N extends string>(code: FunctionBuilder, type: ValueType, ...names: N[]): Record<N, Local> {
  return Object.fromEntries(names.map((name) => [name, code.local(type, name)])) as Record<N, Local>;
}

interface WarpParts {
  readonly h: number;
  readonly w: number;
  readonly channels: number;
  /** Addresses of an image and of what becomes of it. */
  readonly image: Local;
  readonly result: Local;
  /** The numbers of its transform. */
  readonly transform: Readonly<Record<(typeof transformNames)[number], Local>>;
}

/** One of the four pixels around a place: which, and where its values are kept. */
interface Tap {
  readonly dy: number;
  readonly dx: number;
  readonly value: Local;
}

/** The code for one image. */
class WarpEmitter {
  readonly #code: FunctionBuilder;
  readonly #parts: WarpParts;
  readonly #pixelBytes: number;
  /** Where the next pixel of the result goes, and where its row ends. */
  readonly #to: Local;
  readonly #rowEnd: Local;
  readonly #counter: Local;
  readonly #pixel: Local;

  constructor(code: FunctionBuilder, parts: WarpParts) {
    this.#code = code;
    this.#parts = parts;
    this.#pixelBytes = parts.channels * floatBytes;
    const { to, rowEnd, counter, pixel } = locals(code, 'i32', 'to', 'rowEnd', 'counter', 'pixel');
    [this.#to, this.#rowEnd, this.#counter, this.#pixel] = [to, rowEnd, counter, pixel];
  }

  /** Leaves 1 on the stack if the image is only mirrored and moved by whole pixels, else 0. */
  emitIsStraight(): void {
    const code = this.#code;
    const { xx, xy, x1, yx, yy, y1 } = this.#parts.transform;
    code.get(xx).op('f32.abs').f32(1).op('f32.eq');
    code.get(xy).f32(0).op('f32.eq').op('i32.and');
    code.get(yx).f32(0).op('f32.eq').op('i32.and');
    code.get(yy).f32(1).op('f32.eq').op('i32.and');
    for (const move of [x1, y1]) code.get(move).op('f32.floor').get(move).op('f32.eq').op('i32.and');
  }

  /**
   * Column x of the result is column x1 + x of the image, or x1 − x if mirrored. That is inside of the image
   * for edge ≤ x < edge + w, with edge = −x1, or x1 − (w − 1) if mirrored.
   */
  emitCopy(): void {
    const code = this.#code;
    const { h, w, image } = this.#parts;
    const { xx, x1, y1 } = this.#parts.transform;
    const { edge, first, last } = locals(code, 'f32', 'edge', 'first', 'last');
    const { sourceRow, sourceColumn } = locals(code, 'i32', 'sourceRow', 'sourceColumn');
    const { from, copyStart, copyEnd } = locals(code, 'i32', 'from', 'copyStart', 'copyEnd');
    const isMirrored = (): FunctionBuilder => code.get(xx).f32(0).op('f32.lt');
    code.f32(0).get(x1).op('f32.sub').set(edge);
    isMirrored().if(() => {
      code.get(x1).f32(w - 1);
      code.op('f32.sub').set(edge);
    });
    code.get(edge);
    this.#emitClamp(w);
    code.set(first).get(edge).f32(w).op('f32.add');
    this.#emitClamp(w);
    code.set(last);
    code.get(xx).get(first).op('f32.mul').get(x1).op('f32.add').op('i32.trunc_sat_f32_s').set(sourceColumn);
    code.get(y1).op('i32.trunc_sat_f32_s').set(sourceRow);
    this.#emitRows(() => {
      code.get(sourceRow).i32(h).op('i32.lt_u'); // unsigned: a negative row is a large one
      code.if(() => {
        for (const [column, address] of [
          [first, copyStart],
          [last, copyEnd],
        ] as const) {
          code.get(column).op('i32.trunc_sat_f32_s').i32(this.#pixelBytes).op('i32.mul');
          code.get(this.#to).op('i32.add').set(address);
        }
        emitZeros(code, this.#to, copyStart);
        this.#emitAddress(image, sourceRow, sourceColumn);
        code.set(from);
        isMirrored().if(() => this.#emitCopyBackward(from, copyEnd));
        this.#emitCopyForward(from, copyEnd); // of a mirrored row, nothing is left
      });
      emitZeros(code, this.#to, this.#rowEnd);
      emitAdvance(code, sourceRow, 1);
    });
  }

  #emitCopyForward(from: Local, end: Local): void {
    const code = this.#code;
    emitLoopWhole(code, this.#to, end, vectorBytes, () => {
      code.get(this.#to).get(from).memory('v128.load').memory('v128.store');
      emitAdvance(code, from, vectorBytes);
    });
    emitLoopTo(code, this.#to, end, floatBytes, () => {
      code.get(this.#to).get(from).memory('f32.load').memory('f32.store');
      emitAdvance(code, from, floatBytes);
    });
  }

  /** `from` is the address of the last pixel, and goes down. */
  #emitCopyBackward(from: Local, end: Local): void {
    const code = this.#code;
    const { channels } = this.#parts;
    if (channels === 1) {
      const { pixels } = locals(code, 'v128', 'pixels');
      emitLoopWhole(code, this.#to, end, vectorBytes, () => {
        emitAdvance(code, from, floatBytes - vectorBytes); // the first of the four
        code.get(this.#to).get(from).memory('v128.load').tee(pixels).get(pixels).shuffle(reversed);
        code.memory('v128.store');
        emitAdvance(code, from, -floatBytes);
      });
    }
    emitLoopTo(code, this.#to, end, this.#pixelBytes, () => {
      for (let offset = 0; offset < this.#pixelBytes; offset += floatBytes) {
        code.get(this.#to).get(from).memory('f32.load', offset).memory('f32.store', offset);
      }
      emitAdvance(code, from, -this.#pixelBytes);
    });
  }

  /** Each pixel from the four around the place that it is taken from, up to four channels at a time. */
  emitInterpolate(): void {
    const code = this.#code;
    const { h, w, channels, image } = this.#parts;
    const { xx, xy, x1, yx, yy, y1 } = this.#parts.transform;
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
    this.#emitRows(() => {
      code.get(perRow).get(y).op('f32x4.mul').get(start).op('f32x4.add').set(rowStart);
      code.f32x4(0).set(x);
      emitLoopTo(code, this.#to, this.#rowEnd, this.#pixelBytes, () => {
        code.get(perColumn).get(x).op('f32x4.mul').get(rowStart).op('f32x4.add');
        code.tee(place).get(place).op('f32x4.floor').tee(whole).op('f32x4.sub').set(place);
        code.get(place).get(place).shuffle(firstLane).set(alongX);
        code.get(place).get(place).shuffle(secondLane).set(alongY);
        code.get(whole).op('i32x4.trunc_sat_f32x4_s').tee(whole);
        code.lane('i32x4.extract_lane', 0).set(column);
        code.get(whole).lane('i32x4.extract_lane', 1).set(row);
        this.#emitAddress(image, row, column);
        code.set(corner);
        // unsigned: a negative position is a large one
        code.get(row).i32(h - 1);
        code.op('i32.lt_u').get(column);
        code.i32(w - 1).op('i32.lt_u');
        code.op('i32.and').set(inside);
        for (let c = 0; c < channels; c += lanes) {
          const count = Math.min(lanes, channels - c);
          code.get(inside).if(() => {
            for (const tap of taps) this.#emitLoadTap(tap, corner, count, c);
          });
          code.get(inside).op('i32.eqz');
          code.if(() => {
            for (const tap of taps) {
              code.f32x4(0).set(tap.value);
              code.get(row).i32(tap.dy).op('i32.add').i32(h).op('i32.lt_u');
              code.get(column).i32(tap.dx).op('i32.add').i32(w).op('i32.lt_u').op('i32.and');
              code.if(() => this.#emitLoadTap(tap, corner, count, c));
            }
          });
          emitInterpolation(code, upperLeft, upperRight, alongX);
          emitInterpolation(code, lowerLeft, lowerRight, alongX);
          emitInterpolation(code, upperLeft, lowerLeft, alongY);
          emitStoreLanes(code, this.#to, upperLeft, count, c * floatBytes);
        }
        code.get(x).f32x4(1).op('f32x4.add').set(x);
      });
      code.get(y).f32x4(1).op('f32x4.add').set(y);
    });
  }

  /** Loads channels of one of the four pixels at a corner, which may itself lie outside of all memory. */
  #emitLoadTap({ dy, dx, value }: Tap, corner: Local, channels: number, firstChannel: number): void {
    const code = this.#code;
    const offset = (dy * this.#parts.w + dx) * this.#pixelBytes + firstChannel * floatBytes;
    code.get(corner).i32(offset).op('i32.add').set(this.#pixel);
    emitLoadLanes(code, this.#pixel, channels, 0);
    code.set(value);
  }

  /** Zeros in the rectangle, as far as it lies inside of the image. */
  emitErase(): void {
    const code = this.#code;
    const { h, w, result } = this.#parts;
    const { top, left, bottom, right } = this.#parts.transform;
    const { row, endRow, start, end } = locals(code, 'i32', 'row', 'endRow', 'start', 'end');
    code.get(right).get(left).op('f32.max').set(right);
    for (const [edge, size, index] of [
      [top, h, row],
      [bottom, h, endRow],
      [left, w, start],
      [right, w, end],
    ] as const) {
      code.get(edge).op('f32.ceil'); // the first whole number that is not below
      this.#emitClamp(size);
      code.op('i32.trunc_sat_f32_s').set(index);
    }
    emitLoopTo(code, row, endRow, 1, () => {
      this.#emitAddress(result, row, start);
      code.set(this.#to);
      this.#emitAddress(result, row, end);
      code.set(this.#rowEnd);
      emitZeros(code, this.#to, this.#rowEnd);
    });
  }

  /** Runs `body` for each row, with `to` at its start and `rowEnd` behind it; `to` must be there afterwards. */
  #emitRows(body: () => void): void {
    const code = this.#code;
    const { h, w, result } = this.#parts;
    code.get(result).tee(this.#to).set(this.#rowEnd);
    emitRepeat(code, this.#counter, h, () => {
      emitAdvance(code, this.#rowEnd, w * this.#pixelBytes);
      body();
    });
  }

  /** Leaves the address of a pixel on the stack. */
  #emitAddress(image: Local, row: Local, column: Local): void {
    const code = this.#code;
    code.get(row).i32(this.#parts.w).op('i32.mul').get(column).op('i32.add');
    code.i32(this.#pixelBytes).op('i32.mul').get(image).op('i32.add');
  }

  /** Brings the number on the stack into [0, size]. */
  #emitClamp(size: number): void {
    this.#code.f32(0).op('f32.max').f32(size).op('f32.min');
  }
}

/** a ← a + t·(b − a) */
function emitInterpolation(code: FunctionBuilder, a: Local, b: Local, t: Local): void {
  code.get(a).get(t).get(b).get(a).op('f32x4.sub').op('f32x4.mul').op('f32x4.add').set(a);
}

const reversed = floatLanes(3, 2, 1, 0);
const firstLane = floatLanes(0, 0, 0, 0);
const secondLane = floatLanes(1, 1, 1, 1);
