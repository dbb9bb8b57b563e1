/** The kernels of the losses that compare each element with its target, as text that gpu.js translates. */
import type { ElementLossTable } from '../../../tensor/element-loss.ts';
import { entryOf, type Operation } from '../../../tensor/operation.ts';
import { sigmoid, withParameter } from './activation.ts';
import type { Launch } from './kernel.ts';
import { launch } from './launch.ts';

interface LossSource {
  /** Statements that return the loss of the prediction p and the target t; `parameter` is the loss's. */
  readonly forward: string;
  /** Statements that set `gradient` to ∂loss/∂p. */
  readonly backward: string;
}

const losses: ElementLossTable<LossSource> = {
  squared: {
    forward: 'return (p - t) * (p - t);',
    backward: 'const gradient = 2 * (p - t);',
  },
  absolute: {
    forward: 'return Math.abs(p - t);',
    // where the error is 0 or NaN, the gradient is the error
    backward: `let gradient = p - t;
    if (p > t) gradient = 1;
    if (p < t) gradient = -1;`,
  },
  huber: {
    forward: `const size = Math.abs(p - t);
    let near = size;
    if (size > parameter) near = parameter;
    return near * (size - near / 2);`,
    backward: `let gradient = p - t;
    if (gradient > parameter) gradient = parameter;
    if (gradient < -parameter) gradient = -parameter;`,
  },
  binaryCrossEntropy: {
    forward: `let positive = p;
    if (p < 0) positive = 0;
    return positive - t * p + Math.log(1 + Math.exp(-Math.abs(p)));`,
    backward: `${sigmoid('p')}
    const gradient = s - t;`,
  },
  zeroOne: {
    forward: `let miss = 0;
    if (p > 0 && t <= 0.5) miss = 1;
    if (p <= 0 && t > 0.5) miss = 1;
    return miss;`,
    backward: 'const gradient = 0 * p;',
  },
};

/** losses = f(prediction, target), element by element. */
export function elementLoss({ inputs, outputs, constants }: Operation<'elementLoss'>): Launch[] {
  const { loss: name, parameter } = constants;
  const source = `function (predictions, targets) {
    const p = predictions[this.thread.x];
    const t = targets[this.thread.x];
    ${withParameter(entryOf(losses, name, 'gpu').forward)}
  }`;
  const storages = [inputs.predictions.storage, inputs.targets.storage];
  return [launch(`${name}Loss`, source, { parameter }, storages, outputs.losses.storage)];
}

/** dPredictions = f′(prediction, target) / size, element by element. */
export function elementLossBackward(operation: Operation<'elementLossBackward'>): Launch[] {
  const { loss: name, parameter } = operation.constants;
  const { predictions, targets } = operation.inputs;
  const { dPredictions } = operation.outputs;
  const source = `function (predictions, targets) {
    const p = predictions[this.thread.x];
    const t = targets[this.thread.x];
    ${withParameter(entryOf(losses, name, 'gpu').backward)}
    return gradient / this.constants.size;
  }`;
  const constants = { parameter, size: dPredictions.size };
  const storages = [predictions.storage, targets.storage];
  return [launch(`${name}LossBackward`, source, constants, storages, dPredictions.storage)];
}
