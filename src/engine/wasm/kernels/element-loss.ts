/** The kernels of the losses that compare each element with its target, on vectors of four floats. */
import type { ElementLossName, ElementLossTable } from '../../../tensor/element-loss.ts';
import { entryOf } from '../../../tensor/operation.ts';
import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import { emitSigmoid, parameterSuffix } from './activation.ts';
import type { Kernel } from './kernel.ts';
import { emitExp, emitLog } from './math.ts';
import { streamKernel } from './stream.ts';

/** What the code of a loss works with: predictions p, targets t, its parameter, and vectors for results on the way. */
interface Surroundings {
  readonly code: FunctionBuilder;
  readonly p: Local;
  readonly t: Local;
  readonly parameter: number;
  readonly s: Local;
  readonly u: Local;
  readonly scratch: Local;
}

interface LossCode {
  /** How many of the vectors s, u and scratch the code uses. */
  readonly vectors: 0 | 2 | 3;
  /** Leaves the losses on the stack. */
  readonly forward: (surroundings: Surroundings) => void;
  /** Leaves ∂loss/∂p on the stack. */
  readonly backward: (surroundings: Surroundings) => void;
}

const losses: ElementLossTable<LossCode> = {
  squared: {
    vectors: 2,
    forward({ code, p, t, s }) {
      code.get(p).get(t).op('f32x4.sub').tee(s).get(s).op('f32x4.mul');
    },
    backward({ code, p, t }) {
      code.get(p).get(t).op('f32x4.sub').f32x4(2).op('f32x4.mul');
    },
  },
  absolute: {
    vectors: 2,
    forward: ({ code, p, t }) => code.get(p).get(t).op('f32x4.sub').op('f32x4.abs'),
    // 1 with the sign of e = p − t, but e itself where it is 0 or NaN
    backward({ code, p, t, s }) {
      code.get(p).get(t).op('f32x4.sub').tee(s).f32x4(-0).op('v128.and').f32x4(1).op('v128.or').get(s);
      code.get(s).op('f32x4.abs').f32x4(0).op('f32x4.gt').op('v128.bitselect');
    },
  },
  huber: {
    vectors: 2,
    forward({ code, p, t, parameter, s, u }) {
      code.get(p).get(t).op('f32x4.sub').op('f32x4.abs').tee(s).f32x4(parameter).op('f32x4.min').tee(u);
      code.get(s).get(u).f32x4(0.5).op('f32x4.mul').op('f32x4.sub').op('f32x4.mul');
    },
    backward({ code, p, t, parameter }) {
      code.get(p).get(t).op('f32x4.sub');
      code.f32x4(parameter).op('f32x4.min').f32x4(-parameter).op('f32x4.max');
    },
  },
  binaryCrossEntropy: {
    vectors: 3,
    forward({ code, p, t, s, u, scratch }) {
      code.get(p).op('f32x4.abs').op('f32x4.neg').set(s);
      emitExp(code, s, u, scratch);
      code.get(u).f32x4(1).op('f32x4.add').set(u);
      emitLog(code, u, s, scratch);
      code.get(p).f32x4(0).op('f32x4.max').get(t).get(p).op('f32x4.mul').op('f32x4.sub');
      code.get(s).op('f32x4.add');
    },
    backward({ code, p, t, s, u, scratch }) {
      emitSigmoid(p, u, { code, s, scratch });
      code.get(u).get(t).op('f32x4.sub');
    },
  },
  zeroOne: {
    vectors: 0,
    // the comparisons give masks of ones or zeros; where they differ, the bits of 1 are left
    forward({ code, p, t }) {
      code.get(p).f32x4(0).op('f32x4.gt').get(t).f32x4(0.5).op('f32x4.gt').op('v128.xor');
      code.f32x4(1).op('v128.and');
    },
    backward: ({ code }) => code.f32x4(0),
  },
};

/** losses = f(prediction, target), element by element. */
export function elementLossKernel(name: ElementLossName, itemSize: number, parameter: number): Kernel {
  const { forward, vectors } = entryOf(losses, name, 'wasm');
  return streamKernel({
    name: `${name}Loss_${itemSize}${parameterSuffix(parameter)}`,
    inputs: ['predictions', 'targets'],
    outputs: ['losses'],
    itemSize,
    scratch: vectors,
    body(code, [p, t], [loss], _, [s, u, scratch]) {
      forward({ code, p: p!, t: t!, parameter, s: s!, u: u!, scratch: scratch! });
      code.set(loss!);
    },
  });
}

/** dPredictions = f′(prediction, target) / size, element by element. */
export function elementLossBackwardKernel(
  name: ElementLossName,
  itemSize: number,
  parameter: number,
  size: number,
): Kernel {
  const { backward, vectors } = entryOf(losses, name, 'wasm');
  return streamKernel({
    name: `${name}LossBackward_${itemSize}${parameterSuffix(parameter)}_of_${size}`,
    inputs: ['predictions', 'targets'],
    outputs: ['dPredictions'],
    itemSize,
    scratch: vectors,
    body(code, [p, t], [gradient], _, [s, u, scratch]) {
      backward({ code, p: p!, t: t!, parameter, s: s!, u: u!, scratch: scratch! });
      code.f32x4(size).op('f32x4.div').set(gradient!);
    },
  });
}
