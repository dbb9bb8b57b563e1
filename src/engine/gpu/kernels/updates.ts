/**
 * The updates of the optimizers. A kernel has one result, so the new state is computed first, from the old weight, and
 * then the new weight, from the new state.
 */
import type { DecayConstants, Operation } from '../../../tensor/operation.ts';
import type { Launch } from './kernel.ts';
import { launch } from './launch.ts';

/** coefficients = (α, δ). */
export function sgdUpdate({ inputs, constants }: Operation<'sgdUpdate'>): Launch[] {
  const [weight, gradient, velocity, coefficients] = [
    inputs.weight.storage,
    inputs.gradient.storage,
    inputs.velocity.storage,
    inputs.coefficients.storage,
  ];
  const { momentum, nesterov } = constants;
  const newVelocity = `function (gradient, velocity, coefficients) {
    return this.constants.momentum * velocity[this.thread.x] - coefficients[0] * gradient[this.thread.x];
  }`;
  const change = nesterov
    ? `this.constants.momentum * velocity[this.thread.x] - coefficients[0] * gradient[this.thread.x]`
    : 'velocity[this.thread.x]';
  const newWeight = `function (weight, gradient, velocity, coefficients) {
    const w = weight[this.thread.x];
    return w - ${decay(constants)} * w + (${change});
  }`;
  const name = nesterov ? 'sgd with nesterov' : 'sgd';
  return [
    launch(`velocity of ${name}`, newVelocity, { momentum }, [gradient, velocity, coefficients], velocity),
    launch(
      `weight of ${name}${decayName(constants)}`,
      newWeight,
      { momentum },
      [weight, gradient, velocity, coefficients],
      weight,
    ),
  ];
}

/** coefficients = (α̂, δ); see reference/adam.ts for the formulas. */
export function adamUpdate({ inputs, constants }: Operation<'adamUpdate'>): Launch[] {
  const [weight, gradient, m, v, coefficients] = [
    inputs.weight.storage,
    inputs.gradient.storage,
    inputs.m.storage,
    inputs.v.storage,
    inputs.coefficients.storage,
  ];
  const { beta1, beta2, epsilon } = constants;
  const newM = `function (gradient, m) {
    return this.constants.kept * m[this.thread.x] + this.constants.taken * gradient[this.thread.x];
  }`;
  const newV = `function (gradient, v) {
    const g = gradient[this.thread.x];
    return this.constants.kept * v[this.thread.x] + this.constants.taken * g * g;
  }`;
  const newWeight = `function (weight, m, v, coefficients) {
    const w = weight[this.thread.x];
    const change = coefficients[0] * m[this.thread.x] / (Math.sqrt(v[this.thread.x]) + this.constants.epsilon);
    return w - ${decay(constants)} * w - change;
  }`;
  // 1 − β in float32 would lose four digits of 0.001
  return [
    launch('m of adam', newM, { kept: beta1, taken: 1 - beta1 }, [gradient, m], m),
    launch('v of adam', newV, { kept: beta2, taken: 1 - beta2 }, [gradient, v], v),
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
