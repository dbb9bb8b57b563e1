import type { Local } from '../../assembler/function-builder.ts';
import { emitLoadLanes } from '../emit.ts';
import { floatBytes } from '../sizes.ts';
import { emitReflected } from './reflect.ts';
import { locals, type WarpWalk } from './walk.ts';

/** One of the four pixels around a place, by its distance from the upper left one, and the local of its values. */
export interface Tap {
  readonly dy: 0 | 1;
  readonly dx: 0 | 1;
  readonly value: Local;
}

/** Finds the four pixels around a place, and loads them. At most places, all four are inside of the image. */
export class TapLoads {
  readonly #walk: WarpWalk;
  readonly #taps: readonly Tap[];
  /** The upper left pixel: its column and row in the first two lanes, and as whole numbers. */
  readonly #whole: Local;
  readonly #row: Local;
  readonly #column: Local;
  /** Its address, which may lie outside of all memory. */
  readonly #corner: Local;
  readonly #inside: Local;

  /** @param whole column and row of the upper left pixel, in its first two lanes */
  constructor(walk: WarpWalk, taps: readonly Tap[], whole: Local) {
    [this.#walk, this.#taps, this.#whole] = [walk, taps, whole];
    const { row, column, corner, inside } = locals(walk.code, 'i32', 'row', 'column', 'corner', 'inside');
    [this.#row, this.#column, this.#corner, this.#inside] = [row, column, corner, inside];
  }

  emitFind(): void {
    const { code } = this.#walk;
    const { h, w, image } = this.#walk.parts;
    const { numbers } = locals(code, 'v128', 'numbers');
    code.get(this.#whole).op('i32x4.trunc_sat_f32x4_s').tee(numbers);
    code.lane('i32x4.extract_lane', 0).set(this.#column);
    code.get(numbers).lane('i32x4.extract_lane', 1).set(this.#row);
    this.#walk.emitAddress(image, this.#row, this.#column);
    code.set(this.#corner);
    // unsigned: a negative position is a large one
    code.get(this.#row).i32(h - 1);
    code.op('i32.lt_u').get(this.#column);
    code.i32(w - 1).op('i32.lt_u');
    code.op('i32.and').set(this.#inside);
  }

  /** Up to four channels, from a channel on, of the place that was found last. */
  emitLoad(firstChannel: number, channels: number): void {
    const { code } = this.#walk;
    const { fill } = this.#walk.parts;
    code.get(this.#inside).if(() => {
      for (const tap of this.#taps) this.#emitInside(tap, firstChannel, channels);
    });
    code.get(this.#inside).op('i32.eqz');
    code.if(() => {
      if (fill === 'reflect') this.#emitReflected(firstChannel, channels);
      else for (const tap of this.#taps) this.#emitInsideOrZero(tap, firstChannel, channels);
    });
  }

  #emitInside({ dy, dx, value }: Tap, firstChannel: number, channels: number): void {
    const { code, pixel, pixelBytes } = this.#walk;
    const offset = (dy * this.#walk.parts.w + dx) * pixelBytes + firstChannel * floatBytes;
    code.get(this.#corner).i32(offset).op('i32.add').set(pixel);
    emitLoadLanes(code, pixel, channels, 0);
    code.set(value);
  }

  #emitInsideOrZero(tap: Tap, firstChannel: number, channels: number): void {
    const { code } = this.#walk;
    const { h, w } = this.#walk.parts;
    code.f32x4(0).set(tap.value);
    code.get(this.#row).i32(tap.dy).op('i32.add').i32(h).op('i32.lt_u');
    code.get(this.#column).i32(tap.dx).op('i32.add').i32(w).op('i32.lt_u').op('i32.and');
    code.if(() => this.#emitInside(tap, firstChannel, channels));
  }

  #emitReflected(firstChannel: number, channels: number): void {
    const { code, pixel } = this.#walk;
    const { h, w, image } = this.#walk.parts;
    const { upper, left, lower, right } = locals(code, 'i32', 'upper', 'left', 'lower', 'right');
    const { place } = locals(code, 'f32', 'place');
    for (const [lane, last, distance, number] of [
      [0, w - 1, 0, left],
      [0, w - 1, 1, right],
      [1, h - 1, 0, upper],
      [1, h - 1, 1, lower],
    ] as const) {
      code.get(this.#whole).lane('f32x4.extract_lane', lane).f32(distance).op('f32.add').set(place);
      emitReflected(code, place, last);
      code.op('i32.trunc_sat_f32_s').set(number);
    }
    for (const { dy, dx, value } of this.#taps) {
      this.#walk.emitAddress(image, dy === 0 ? upper : lower, dx === 0 ? left : right);
      code.set(pixel);
      emitLoadLanes(code, pixel, channels, firstChannel * floatBytes);
      code.set(value);
    }
  }
}
