import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import { type Kernel, type Target, targetSuffix } from './kernel.ts';
import { emitMultiplyAdd } from './emit.ts';
import { streamKernel } from './stream.ts';

/** y = x < 0 ? 0 : x, as `pmax` does it: NaN stays NaN. */
export function reluKernel(unitSize: number): Kernel {
  return streamKernel({
    name: `relu_${unitSize}`,
    inputs: ['x'],
    outputs: ['y'],
    unitSize,
    body: (code, [x], [y]) => code.get(x!).f32x4(0).op('f32x4.pmax').set(y!),
  });
}

/** dx = dy where y > 0, else 0: a comparison gives a mask of ones or zeros. */
export function reluBackwardKernel(unitSize: number): Kernel {
  return streamKernel({
    name: `reluBackward_${unitSize}`,
    inputs: ['y', 'dy'],
    outputs: ['dx'],
    unitSize,
    body: (code, [y, dy], [dx]) => code.get(y!).f32x4(0).op('f32x4.gt').get(dy!).op('v128.and').set(dx!),
  });
}

/** y = x where x > 0, else slope · x. */
export function leakyReluKernel(unitSize: number, slope: number): Kernel {
  return streamKernel({
    name: `leakyRelu_${unitSize}_by_${slope}`,
    inputs: ['x'],
    outputs: ['y'],
    unitSize,
    body: (code, [x], [y]) => emitLeaky(code, slope, x!, x!, y!),
  });
}

/** dx = dy where y > 0, else slope · dy. */
export function leakyReluBackwardKernel(unitSize: number, slope: number): Kernel {
  return streamKernel({
    name: `leakyReluBackward_${unitSize}_by_${slope}`,
    inputs: ['y', 'dy'],
    outputs: ['dx'],
    unitSize,
    body: (code, [y, dy], [dx]) => emitLeaky(code, slope, y!, dy!, dx!),
  });
}

/** result = value where sign > 0, else slope · value. */
function emitLeaky(code: FunctionBuilder, slope: number, sign: Local, value: Local, result: Local): void {
  code.get(value).get(value).f32x4(slope).op('f32x4.mul');
  code.get(sign).f32x4(0).op('f32x4.gt').op('v128.bitselect').set(result);
}

export function multiplyKernel(unitSize: number): Kernel {
  return streamKernel({
    name: `multiply_${unitSize}`,
    inputs: ['a', 'b'],
    outputs: ['y'],
    unitSize,
    body: (code, [a, b], [y]) => code.get(a!).get(b!).op('f32x4.mul').set(y!),
  });
}

export function addKernel(unitSize: number): Kernel {
  return streamKernel({
    name: `add_${unitSize}`,
    inputs: ['a', 'b'],
    outputs: ['y'],
    unitSize,
    body: (code, [a, b], [y]) => code.get(a!).get(b!).op('f32x4.add').set(y!),
  });
}

/** y = x + bias, row by row. */
export function addBiasKernel(unitSize: number): Kernel {
  return streamKernel({
    name: `addBias_${unitSize}`,
    inputs: ['x', 'bias'],
    outputs: ['y'],
    repeated: ['bias'],
    unitSize,
    body: (code, [x, bias], [y]) => code.get(x!).get(bias!).op('f32x4.add').set(y!),
  });
}

/** target ← target + scale · x. */
export function addScaledKernel(unitSize: number, scale: number, target: Target): Kernel {
  return streamKernel({
    name: `addScaled_${unitSize}_by_${scale}${targetSuffix(target)}`,
    inputs: ['target', 'x'],
    outputs: ['result'],
    unitSize,
    body: (code, [sum, x], [result]) => {
      emitMultiplyAdd(
        code,
        target,
        () => code.get(x!),
        () => code.f32x4(scale),
        () => code.get(sum!),
      );
      code.set(result!);
    },
  });
}
