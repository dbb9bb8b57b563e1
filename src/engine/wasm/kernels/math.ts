/** exp and log on four floats at once, to about 2 units in the last place of a float32. */
import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';

/** ln 2 in two parts. The first has few bits, so that n · ln2High is exact for every exponent n. */
const ln2High = 0.693359375;
const ln2Low = Math.LN2 - ln2High;
/** Below this, exp x is less than the smallest normal float32, and becomes 0. */
const lowest = -87.33;
/** Taylor coefficients of eʳ: 1/7! … 1/1!. For |r| ≤ ln 2 / 2 the terms left out are below 6e-9. */
const expCoefficients = [5040, 720, 120, 24, 6, 2, 1].map((factorial) => 1 / factorial);

/**
 * y ← exp(x) for x ≤ 88. With x = n·ln 2 + r, n whole and |r| ≤ ln 2 / 2, eˣ = 2ⁿ · eʳ; writing n into the exponent
 * bits makes 2ⁿ. NaN stays NaN; −∞ gives 0.
 */
export function emitExp(code: FunctionBuilder, x: Local, y: Local, scratch: Local): void {
  const n = scratch;
  code.get(x).f32x4(Math.LOG2E).op('f32x4.mul').op('f32x4.nearest').set(n);
  // r = x − n·ln 2, in y
  code.get(x).get(n).f32x4(ln2High).op('f32x4.mul').op('f32x4.sub');
  code.get(n).f32x4(ln2Low).op('f32x4.mul').op('f32x4.sub').set(y);
  // Horner: ((c₇·r + c₆)·r + …)·r + 1
  code.f32x4(expCoefficients[0]!);
  for (const coefficient of [...expCoefficients.slice(1), 1]) {
    code.get(y).op('f32x4.mul').f32x4(coefficient).op('f32x4.add');
  }
  code.get(n).op('i32x4.trunc_sat_f32x4_s').i32x4(127, 127, 127, 127).op('i32x4.add');
  code.i32(23).op('i32x4.shl').op('f32x4.mul');
  code.get(x).f32x4(lowest).op('f32x4.lt').op('v128.andnot').set(y);
}

/** Coefficients of the series of log: 2/9, 2/7 … 2/1. For |s| ≤ 0.172 the terms left out are below 1e-9. */
const logCoefficients = [9, 7, 5, 3, 1].map((odd) => 2 / odd);

/**
 * y ← log(x) for normal x > 0: x = m·2ᵉ with m in [√½, √2), and log m = 2·(s + s³/3 + s⁵/5 + …) with
 * s = (m − 1) / (m + 1). NaN stays NaN.
 */
export function emitLog(code: FunctionBuilder, x: Local, y: Local, scratch: Local): void {
  const oneHalf = new Int32Array(Float32Array.of(Math.SQRT1_2).buffer)[0]!;
  const splat = (value: number): FunctionBuilder => code.i32x4(value, value, value, value);
  const s = scratch;
  // the exponent field of (bits of x − bits of √½), read as a signed number, is e
  code.get(x);
  splat(oneHalf).op('i32x4.sub');
  code.i32(23).op('i32x4.shr_s').set(y);
  // m = x with e subtracted from its exponent
  code.get(x).get(y).i32(23).op('i32x4.shl').op('i32x4.sub').set(s);
  code.get(s).f32x4(1).op('f32x4.sub').get(s).f32x4(1).op('f32x4.add').op('f32x4.div').set(s);
  code.get(y).op('f32x4.convert_i32x4_s').f32x4(Math.LN2).op('f32x4.mul');
  code.f32x4(logCoefficients[0]!);
  for (const coefficient of logCoefficients.slice(1)) {
    code.get(s).get(s).op('f32x4.mul').op('f32x4.mul').f32x4(coefficient).op('f32x4.add');
  }
  code.get(s).op('f32x4.mul').op('f32x4.add').set(y);
}
