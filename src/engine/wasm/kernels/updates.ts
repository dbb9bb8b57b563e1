import type { AdamConstants, SgdConstants } from '../../../tensor/operation.ts';
import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import { emitMultiplyAdd } from './emit.ts';
import { type Kernel, type Target, targetSuffix } from './kernel.ts';
import { streamKernel } from './stream.ts';

/** weight ← weight − decay · weight: decoupled decay. */
function emitDecay(code: FunctionBuilder, target: Target, weight: Local, decay: Local): void {
  emitMultiplyAdd(
    code,
    target,
    () => code.get(decay).op('f32x4.neg'),
    () => code.get(weight),
    () => code.get(weight),
  );
  code.set(weight);
}

/** The update of reference/sgd.ts, on vectors. The scalars are the optimizer's two coefficients. */
export function sgdKernel(itemSize: number, constants: SgdConstants, target: Target): Kernel {
  const { momentum, nesterov, decoupledDecay } = constants;
  const name = `sgd_${itemSize}_mu${momentum}${nesterov ? '_nesterov' : ''}${decoupledDecay ? '_decay' : ''}`;
  return streamKernel({
    name: name + targetSuffix(target),
    inputs: ['weight', 'gradient', 'velocity'],
    outputs: ['newWeight', 'newVelocity'],
    scalars: ['learningRate', 'decay'],
    itemSize,
    body(code, [weight, gradient, velocity], [newWeight, newVelocity], [learningRate, decay]) {
      // move = −α·g, for now in newWeight
      code.get(gradient!).get(learningRate!).op('f32x4.mul').op('f32x4.neg').set(newWeight!);
      // v ← momentum · v + move
      emitMultiplyAdd(
        code,
        target,
        () => code.f32x4(momentum),
        () => code.get(velocity!),
        () => code.get(newWeight!),
      );
      code.set(newVelocity!);
      if (nesterov) {
        emitMultiplyAdd(
          code,
          target,
          () => code.f32x4(momentum),
          () => code.get(newVelocity!),
          () => code.get(newWeight!),
        );
        code.set(newWeight!);
      } else {
        code.get(newVelocity!).set(newWeight!);
      }
      if (decoupledDecay) emitDecay(code, target, weight!, decay!);
      code.get(weight!).get(newWeight!).op('f32x4.add').set(newWeight!);
    },
  });
}

/** The update of reference/adam.ts, on vectors. The scalars are the optimizer's two coefficients. */
export function adamKernel(itemSize: number, constants: AdamConstants, target: Target): Kernel {
  const { beta1, beta2, epsilon, decoupledDecay } = constants;
  const name = `adam_${itemSize}_${beta1}_${beta2}_${epsilon}${decoupledDecay ? '_decay' : ''}`;
  return streamKernel({
    name: name + targetSuffix(target),
    inputs: ['weight', 'gradient', 'm', 'v'],
    outputs: ['newWeight', 'newM', 'newV'],
    scalars: ['stepSize', 'decay'],
    itemSize,
    body(code, [weight, gradient, m, v], [newWeight, newM, newV], [stepSize, decay]) {
      // m ← β₁·m + (1 − β₁)·g
      const scaledM = (): unknown => code.get(m!).f32x4(beta1).op('f32x4.mul');
      emitMultiplyAdd(
        code,
        target,
        () => code.f32x4(1 - beta1),
        () => code.get(gradient!),
        scaledM,
      );
      code.set(newM!);
      // v ← β₂·v + ((1 − β₂)·g)·g
      const scaledG = (): unknown =>
        code
          .f32x4(1 - beta2)
          .get(gradient!)
          .op('f32x4.mul');
      const scaledV = (): unknown => code.get(v!).f32x4(beta2).op('f32x4.mul');
      emitMultiplyAdd(code, target, scaledG, () => code.get(gradient!), scaledV);
      code.set(newV!);
      if (decoupledDecay) emitDecay(code, target, weight!, decay!);
      // w ← w − (α̂·m) / (√v + ε)
      code.get(weight!);
      code.get(stepSize!).get(newM!).op('f32x4.mul');
      code.get(newV!).op('f32x4.sqrt').f32x4(epsilon).op('f32x4.add');
      code.op('f32x4.div').op('f32x4.sub').set(newWeight!);
    },
  });
}
