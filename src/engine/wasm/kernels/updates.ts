/** Optimizers on vectors: what a vector of weights becomes, and kernels that do this to whole arrays. */
import type { AdamConstants, SgdConstants, UpdateOperation } from '../../../tensor/operation.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import { emitMultiplyAdd } from './emit.ts';
import { type Kernel, type Target, targetSuffix } from './kernel.ts';
import { streamKernel } from './stream.ts';

/** A vector of a weight, and of what the optimizer keeps for it. */
export interface Updated {
  readonly weight: Local;
  readonly states: readonly Local[];
}

/** How an optimizer changes a weight, element by element. */
export interface Update {
  /** States the optimizer with its constants: updates of the same name are the same code. */
  readonly name: string;
  /** The arrays that an optimizer keeps, of the shape of the weight. */
  readonly states: readonly string[];
  /** Emits to ← what the update makes of `from`. The scalars are the optimizer's two coefficients, spread over vectors. */
  readonly emit: (
    code: FunctionBuilder,
    gradient: Local,
    from: Updated,
    to: Updated,
    scalars: readonly Local[],
  ) => void;
}

export function updateOf(operation: UpdateOperation, target: Target): Update {
  return operation.kind === 'adamUpdate'
    ? adam(operation.constants, target)
    : sgd(operation.constants, target);
}

/** The tensors that an update keeps and changes beside the weight, in the order of `Update.states`. */
export function statesOf({ kind, inputs }: UpdateOperation): readonly Tensor[] {
  return kind === 'adamUpdate' ? [inputs.m, inputs.v] : [inputs.velocity];
}

/** Addresses: weight, gradient, states; the weight and the states again, as results; the two coefficients. */
export function updateKernel(itemSize: number, update: Update, target: Target): Kernel {
  const { name, states, emit } = update;
  return streamKernel({
    name: `${name}_${itemSize}${targetSuffix(target)}`,
    inputs: ['weight', 'gradient', ...states],
    outputs: ['newWeight', ...states.map((state) => `new_${state}`)],
    scalars: updateScalars,
    itemSize,
    body(code, [weight, gradient, ...from], [newWeight, ...to], scalars) {
      emit(code, gradient!, { weight: weight!, states: from }, { weight: newWeight!, states: to }, scalars);
    },
  });
}

/** The optimizer's two coefficients, for the names of locals. */
export const updateScalars = ['step_size', 'decay'] as const;

/** The update of reference/sgd.ts. */
function sgd(constants: SgdConstants, target: Target): Update {
  const { momentum, nesterov, decoupledDecay } = constants;
  return {
    name: `sgd_mu${momentum}${nesterov ? '_nesterov' : ''}${decoupledDecay ? '_decay' : ''}`,
    states: ['velocity'],
    emit(code, gradient, from, to, [learningRate, decay]) {
      const [velocity] = from.states as readonly [Local];
      const [newVelocity] = to.states as readonly [Local];
      // move = −α·g, for now in the new weight
      code.get(gradient).get(learningRate!).op('f32x4.mul').op('f32x4.neg').set(to.weight);
      // v ← momentum · v + move
      emitMultiplyAdd(
        code,
        target,
        () => code.f32x4(momentum),
        () => code.get(velocity),
        () => code.get(to.weight),
      );
      code.set(newVelocity);
      if (nesterov) {
        emitMultiplyAdd(
          code,
          target,
          () => code.f32x4(momentum),
          () => code.get(newVelocity),
          () => code.get(to.weight),
        );
        code.set(to.weight);
      } else {
        code.get(newVelocity).set(to.weight);
      }
      if (decoupledDecay) emitDecay(code, target, from.weight, decay!);
      code.get(from.weight).get(to.weight).op('f32x4.add').set(to.weight);
    },
  };
}

/** The update of reference/adam.ts. */
function adam(constants: AdamConstants, target: Target): Update {
  const { beta1, beta2, epsilon, decoupledDecay } = constants;
  return {
    name: `adam_${beta1}_${beta2}_${epsilon}${decoupledDecay ? '_decay' : ''}`,
    states: ['m', 'v'],
    emit(code, gradient, from, to, [stepSize, decay]) {
      const [m, v] = from.states as readonly [Local, Local];
      const [newM, newV] = to.states as readonly [Local, Local];
      // m ← β₁·m + (1 − β₁)·g
      const scaledM = (): unknown => code.get(m).f32x4(beta1).op('f32x4.mul');
      emitMultiplyAdd(
        code,
        target,
        () => code.f32x4(1 - beta1),
        () => code.get(gradient),
        scaledM,
      );
      code.set(newM);
      // v ← β₂·v + ((1 − β₂)·g)·g
      const scaledG = (): unknown =>
        code
          .f32x4(1 - beta2)
          .get(gradient)
          .op('f32x4.mul');
      const scaledV = (): unknown => code.get(v).f32x4(beta2).op('f32x4.mul');
      emitMultiplyAdd(code, target, scaledG, () => code.get(gradient), scaledV);
      code.set(newV);
      if (decoupledDecay) emitDecay(code, target, from.weight, decay!);
      // w ← w − (α̂·m) / (√v + ε)
      code.get(from.weight);
      code.get(stepSize!).get(newM).op('f32x4.mul');
      code.get(newV).op('f32x4.sqrt').f32x4(epsilon).op('f32x4.add');
      code.op('f32x4.div').op('f32x4.sub').set(to.weight);
    },
  };
}

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
