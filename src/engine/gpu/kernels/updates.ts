/**
 * The updates of the optimizers. A kernel has one result: the state comes first, from the old weight, and then the
 * weight, from the new state.
 */
import type { DecayConstants, Operation } from '../../../tensor/operation.ts';
import type { Launch } from './kernel.ts';
import { launch } from './launch.ts';

const gradientWithL2 = 'gradient[this.thread.x] + this.constants.l2 * weight[this.thread.x]';

/** coefficients = (α, δ). */
export function sgdUpdate({ inputs, constants }: Operation<'sgdUpdate'>): Launch[] {
  const [weight, gradient, velocity, coefficients] = [
    inputs.weight.storage,
    inputs.gradient.storage,
    inputs.velocity.storage,
    inputs.coefficients.storage,
  ];
  const { momentum, nesterov, l2 } = constants;
  const newVelocity = `function (weight, gradient, velocity, coefficients) {
    const g = ${gradientWithL2};
    return this.constants.momentum * velocity[this.thread.x] - coefficients[0] * g;
  }`;
  const change = nesterov
    ? `this.constants.momentum * velocity[this.thread.x] - coefficients[0] * (${gradientWithL2})`
    : 'velocity[this.thread.x]';
  const newWeight = `function (weight, gradient, velocity, coefficients) {
    const w = weight[this.thread.x];
    return w - ${decay(constants)} * w + (${change});
  }`;
  const operands = [weight, gradient, velocity, coefficients];
  const name = nesterov ? 'sgd with nesterov' : 'sgd';
  return [
    launch(`velocity of ${name}`, newVelocity, { momentum, l2 }, operands, velocity),
    launch(`weight of ${name}${decayName(constants)}`, newWeight, { momentum, l2 }, operands, weight),
  ];
}

/** coefficients = (α̂, δ); see the plain loops for the formulas. */
export function adamUpdate({ inputs, constants }: Operation<'adamUpdate'>): Launch[] {
  const [weight, gradient, m, v, coefficients] = [
    inputs.weight.storage,
    inputs.gradient.storage,
    inputs.m.storage,
    inputs.v.storage,
    inputs.coefficients.storage,
  ];
  const { beta1, beta2, epsilon, l2 } = constants;
  const newM = `function (weight, gradient, m) {
    const g = ${gradientWithL2};
    return this.constants.kept * m[this.thread.x] + this.constants.taken * g;
  }`;
  const newV = `function (weight, gradient, v) {
    const g = ${gradientWithL2};
    return this.constants.kept * v[this.thread.x] + this.constants.taken * g * g;
  }`;
  const newWeight = `function (weight, m, v, coefficients) {
    const w = weight[this.thread.x];
    const change = coefficients[0] * m[this.thread.x] / (Math.sqrt(v[this.thread.x]) + this.constants.epsilon);
    return w - ${decay(constants)} * w - change;
  }`;
  // 1 − β in float32 would lose four digits of 0.001
  return [
    launch('m of adam', newM, { kept: beta1, taken: 1 - beta1, l2 }, [weight, gradient, m], m),
    launch('v of adam', newV, { kept: beta2, taken: 1 - beta2, l2 }, [weight, gradient, v], v),
    launch(
      `weight of adam${decayName(constants)}`,
      newWeight,
      { epsilon },
      [weight, m, v, coefficients],
      weight,
    ),
  ];
}

function decay({ decoupledDecay }: DecayConstants): string {
  return decoupledDecay ? 'coefficients[1]' : '0';
}

function decayName({ decoupledDecay }: DecayConstants): string {
  return decoupledDecay ? ' with decay' : '';
}
