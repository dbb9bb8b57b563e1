import type { Local } from '../assembler/function-builder.ts';
import { type Kernel, kernelFunction, type Target, targetSuffix } from './kernel.ts';
import { emitAdvance, emitAdvanceBy, emitLoopTo, emitMultiplyAdd, emitRepeat } from './emit.ts';
import { floatBytes } from './sizes.ts';
import { streamKernel } from './stream.ts';

export function multiplyKernel(itemSize: number): Kernel {
  return streamKernel({
    name: `multiply_${itemSize}`,
    inputs: ['a', 'b'],
    outputs: ['y'],
    itemSize,
    body: (code, [a, b], [y]) => code.get(a!).get(b!).op('f32x4.mul').set(y!),
  });
}

export function addKernel(itemSize: number): Kernel {
  return streamKernel({
    name: `add_${itemSize}`,
    inputs: ['a', 'b'],
    outputs: ['y'],
    itemSize,
    body: (code, [a, b], [y]) => code.get(a!).get(b!).op('f32x4.add').set(y!),
  });
}

/** y = x + bias, row by row. */
export function addBiasKernel(itemSize: number): Kernel {
  return streamKernel({
    name: `addBias_${itemSize}`,
    inputs: ['x', 'bias'],
    outputs: ['y'],
    repeated: ['bias'],
    itemSize,
    body: (code, [x, bias], [y]) => code.get(x!).get(bias!).op('f32x4.add').set(y!),
  });
}

/** target ← target + scale · x. */
export function addScaledKernel(itemSize: number, scale: number, target: Target): Kernel {
  return streamKernel({
    name: `addScaled_${itemSize}_by_${scale}${targetSuffix(target)}`,
    inputs: ['target', 'x'],
    outputs: ['result'],
    itemSize,
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

/** target ← target · min(1, limit / √squares). */
export function clipByNormKernel(itemSize: number, limit: number): Kernel {
  return streamKernel({
    name: `clipByNorm_${itemSize}_to_${limit}`,
    inputs: ['target'],
    outputs: ['result'],
    scalars: ['factor'],
    itemSize,
    prepare: (code, [factor]) =>
      code.f32x4(limit).get(factor!).op('f32x4.sqrt').op('f32x4.div').f32x4(1).op('f32x4.min').set(factor!),
    body: (code, [x], [result], [factor]) => code.get(x!).get(factor!).op('f32x4.mul').set(result!),
  });
}

/** y = weights[label] · x, row by row. */
export function weightByClassKernel(itemSize: number): Kernel {
  const name = `weightByClass_${itemSize}`;
  return {
    name,
    build(module) {
      const { code, addresses, begin, end } = kernelFunction(module, name, ['x', 'labels', 'weights', 'y']);
      const [x, labels, weights, y] = addresses as [Local, Local, Local, Local];
      const weight = code.local('f32', 'weight');
      const counter = code.local('i32', 'counter');
      for (const pointer of [x, y]) emitAdvanceBy(code, pointer, begin, itemSize * floatBytes);
      emitAdvanceBy(code, labels, begin, floatBytes);
      emitLoopTo(code, begin, end, 1, () => {
        code.get(weights).get(labels).memory('i32.load').i32(floatBytes).op('i32.mul').op('i32.add');
        code.memory('f32.load').set(weight);
        emitRepeat(code, counter, itemSize, () => {
          code.get(y).get(x).memory('f32.load').get(weight).op('f32.mul').memory('f32.store');
          for (const pointer of [x, y]) emitAdvance(code, pointer, floatBytes);
        });
        emitAdvance(code, labels, floatBytes);
      });
      return code;
    },
  };
}
