/** The kernels of the elementwise functions, on vectors of four floats. */
import {
  type ElementwiseName,
  type ElementwiseTable,
  geluCubic,
  geluScale,
} from '../../../tensor/elementwise.ts';
import { entryOf } from '../../../tensor/operation.ts';
import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import type { Kernel } from './kernel.ts';
import { emitExp } from './math.ts';
import { streamKernel } from './stream.ts';

/** What the code of a function works with: its parameter, and vectors for results on the way. */
interface Surroundings {
  readonly code: FunctionBuilder;
  readonly parameter: number;
  readonly s: Local;
  readonly t: Local;
  readonly scratch: Local;
}

interface FunctionCode {
  /** How many of the vectors s, t and scratch the code uses. */
  readonly vectors: 0 | 3;
  /** y ← f(x). */
  readonly forward: (x: Local, y: Local, surroundings: Surroundings) => void;
  /** dx ← dy · f′(x); `kept` is x or y, as the table of functions says. */
  readonly backward: (kept: Local, dy: Local, dx: Local, surroundings: Surroundings) => void;
}

const functions: ElementwiseTable<FunctionCode> = {
  relu: {
    vectors: 0,
    // `pmax` gives x < 0 ? 0 : x: NaN stays NaN
    forward: (x, y, { code }) => code.get(x).f32x4(0).op('f32x4.pmax').set(y),
    // the comparison gives a mask of ones or zeros
    backward: (y, dy, dx, { code }) => code.get(y).f32x4(0).op('f32x4.gt').get(dy).op('v128.and').set(dx),
  },
  leakyRelu: {
    vectors: 0,
    forward: (x, y, { code, parameter }) => {
      code.get(x).get(x).f32x4(parameter).op('f32x4.mul');
      emitSelect(code, x).set(y);
    },
    backward: (y, dy, dx, { code, parameter }) => {
      code.get(dy).get(dy).f32x4(parameter).op('f32x4.mul');
      emitSelect(code, y).set(dx);
    },
  },
  elu: {
    vectors: 3,
    forward(x, y, { code, parameter, s, t, scratch }) {
      code.get(x).f32x4(0).op('f32x4.min').set(s);
      emitExp(code, s, t, scratch);
      code.get(x).get(t).f32x4(1).op('f32x4.sub').f32x4(parameter).op('f32x4.mul');
      emitSelect(code, x).set(y);
    },
    backward: (y, dy, dx, { code, parameter }) => {
      code.get(dy).get(y).f32x4(parameter).op('f32x4.add').get(dy).op('f32x4.mul');
      emitSelect(code, y).set(dx);
    },
  },
  sigmoid: {
    vectors: 3,
    forward(x, y, surroundings) {
      emitSigmoid(x, y, surroundings);
    },
    backward: (y, dy, dx, { code }) => {
      code.get(dy).get(y).op('f32x4.mul').f32x4(1).get(y).op('f32x4.sub').op('f32x4.mul').set(dx);
    },
  },
  tanh: {
    vectors: 3,
    // |tanh x| = (1 − e) / (1 + e) with e = exp(−2·|x|), which never overflows; the sign of x is copied
    forward(x, y, { code, s, t, scratch }) {
      code.get(x).op('f32x4.abs').f32x4(-2).op('f32x4.mul').set(s);
      emitExp(code, s, t, scratch);
      code.f32x4(1).get(t).op('f32x4.sub').f32x4(1).get(t).op('f32x4.add').op('f32x4.div');
      code.get(x).f32x4(-0).op('v128.and').op('v128.or').set(y);
    },
    backward: (y, dy, dx, { code }) => {
      code.get(dy).f32x4(1).get(y).get(y).op('f32x4.mul').op('f32x4.sub').op('f32x4.mul').set(dx);
    },
  },
  silu: {
    vectors: 3,
    forward(x, y, surroundings) {
      emitSigmoid(x, surroundings.t, surroundings);
      surroundings.code.get(x).get(surroundings.t).op('f32x4.mul').set(y);
    },
    backward(x, dy, dx, surroundings) {
      const { code, t } = surroundings;
      emitSigmoid(x, t, surroundings);
      code.get(t);
      emitSigmoidDerivative(code, t).get(x).op('f32x4.mul');
      code.op('f32x4.add').get(dy).op('f32x4.mul').set(dx);
    },
  },
  gelu: {
    vectors: 3,
    forward(x, y, surroundings) {
      const { code, t } = surroundings;
      emitGeluArgument(code, x, y);
      emitSigmoid(y, t, surroundings);
      code.get(x).get(t).op('f32x4.mul').set(y);
    },
    backward(x, dy, dx, surroundings) {
      const { code, s, t } = surroundings;
      emitGeluArgument(code, x, dx);
      emitSigmoid(dx, t, surroundings);
      emitGeluClamp(code, x).set(s);
      code.get(t);
      emitSigmoidDerivative(code, t).get(s).op('f32x4.mul');
      // 2u′ = 2·√(2/π)·(1 + 3·0.044715·x²)
      code
        .get(s)
        .get(s)
        .op('f32x4.mul')
        .f32x4(6 * geluScale * geluCubic)
        .op('f32x4.mul');
      code
        .f32x4(2 * geluScale)
        .op('f32x4.add')
        .op('f32x4.mul');
      code.op('f32x4.add').get(dy).op('f32x4.mul').set(dx);
    },
  },
};

/** y = f(x), element by element. */
export function elementwiseKernel(name: ElementwiseName, itemSize: number, parameter: number): Kernel {
  const { forward, vectors } = entryOf(functions, name, 'wasm');
  return streamKernel({
    name: `${name}_${itemSize}${parameterSuffix(parameter)}`,
    inputs: ['x'],
    outputs: ['y'],
    itemSize,
    scratch: vectors,
    body: (code, [x], [y], _, [s, t, scratch]) =>
      forward(x!, y!, { code, parameter, s: s!, t: t!, scratch: scratch! }),
  });
}

/** dx = dy · f′(x), element by element. */
export function elementwiseBackwardKernel(
  name: ElementwiseName,
  itemSize: number,
  parameter: number,
): Kernel {
  const { backward, vectors } = entryOf(functions, name, 'wasm');
  return streamKernel({
    name: `${name}Backward_${itemSize}${parameterSuffix(parameter)}`,
    inputs: ['kept', 'dy'],
    outputs: ['dx'],
    itemSize,
    scratch: vectors,
    body: (code, [kept, dy], [dx], _, [s, t, scratch]) =>
      backward(kept!, dy!, dx!, { code, parameter, s: s!, t: t!, scratch: scratch! }),
  });
}

/** The part of a kernel's name that tells it from those of other parameters. */
export function parameterSuffix(parameter: number): string {
  return parameter === 0 ? '' : `_by_${parameter}`;
}

/** Of two vectors on the stack, leaves the first where `sign` is above 0, the second elsewhere. */
function emitSelect(code: FunctionBuilder, sign: Local): FunctionBuilder {
  return code.get(sign).f32x4(0).op('f32x4.gt').op('v128.bitselect');
}

/**
 * y ← σ(x) = 1 / (1 + e⁻ˣ), which is e / (1 + e) with e = eˣ as well: with e = exp(−|x|) ≤ 1 one of the two holds for
 * either sign, and nothing overflows. y must not be x; s is overwritten.
 */
export function emitSigmoid(
  x: Local,
  y: Local,
  { code, s, scratch }: Pick<Surroundings, 'code' | 's' | 'scratch'>,
): void {
  code.get(x).op('f32x4.abs').op('f32x4.neg').set(s);
  emitExp(code, s, y, scratch);
  code.f32x4(1).get(y);
  emitSelect(code, x).f32x4(1).get(y).op('f32x4.add').op('f32x4.div').set(y);
}

/** Leaves s·(1 − s) on the stack. */
function emitSigmoidDerivative(code: FunctionBuilder, s: Local): FunctionBuilder {
  return code.get(s).f32x4(1).get(s).op('f32x4.sub').op('f32x4.mul');
}

/** Beyond ±12, σ(2u) of GELU is 0 or 1 in float32, and x³ might overflow. */
const geluLimit = 12;

/** Leaves x, brought into ±12, on the stack. */
function emitGeluClamp(code: FunctionBuilder, x: Local): FunctionBuilder {
  return code.get(x).f32x4(-geluLimit).op('f32x4.max').f32x4(geluLimit).op('f32x4.min');
}

/** u2 ← 2u = 2·√(2/π)·(x + 0.044715·x³). */
function emitGeluArgument(code: FunctionBuilder, x: Local, u2: Local): void {
  emitGeluClamp(code, x).set(u2);
  code
    .get(u2)
    .get(u2)
    .op('f32x4.mul')
    .f32x4(2 * geluScale * geluCubic)
    .op('f32x4.mul');
  code
    .f32x4(2 * geluScale)
    .op('f32x4.add')
    .get(u2)
    .op('f32x4.mul')
    .set(u2);
}
