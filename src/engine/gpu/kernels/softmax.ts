import type { Operation } from '../../../tensor/operation.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { Launch } from './kernel.ts';
import { launch } from './launch.ts';
import { divide } from './indices.ts';

/**
 * Statements that find the largest logit of the row at `start`, and the sum of exp(zⱼ − largest). No exponent is
 * positive and one is 0, so that the sum is in [1, columns].
 */
const largestAndSum = `
  let largest = logits[start];
  for (let j = 1; j < this.constants.columns; j++) {
    largest = Math.max(largest, logits[start + j]);
  }
  let total = 0;
  for (let j = 0; j < this.constants.columns; j++) {
    total += Math.exp(logits[start + j] - largest);
  }`;

/** probabilities[i, j] = exp(zᵢⱼ) / Σⱼ exp(zᵢⱼ). Each thread sums its whole row again, since rows are short. */
function probabilitiesOf(logits: Tensor, probabilities: Tensor): Launch {
  const source = `function (logits) {
    ${divide('row', 'column', 'this.thread.x', 'this.constants.columns')}
    const start = row * this.constants.columns;${largestAndSum}
    return Math.exp(logits[this.thread.x] - largest) / total;
  }`;
  return launch('softmax', source, { columns: logits.shape[1]! }, [logits.storage], probabilities.storage);
}

export function softmax({ inputs: { logits }, outputs }: Operation<'softmax'>): Launch[] {
  return [probabilitiesOf(logits, outputs.probabilities)];
}

/**
 * losses[i] = log Σⱼ exp(zᵢⱼ) − Σⱼ qⱼ·zᵢⱼ for targets q that add up to 1. With the largest logit z* taken out,
 *
 *     log Σⱼ exp(zⱼ − z*) + (1 − α)·(z* − z[label]) + α · mean of (z* − zⱼ)
 *
 * adds no large numbers that cancel.
 */
export function softmaxCrossEntropy(operation: Operation<'softmaxCrossEntropy'>): Launch[] {
  const { logits, labels } = operation.inputs;
  const { losses, probabilities } = operation.outputs;
  const { labelSmoothing } = operation.constants;
  const columns = logits.shape[1]!;
  const inputs = [logits.storage, labels.storage];
  const wrong = 'largest - logits[start + labels[this.thread.x]]';
  const plain = `function (logits, labels) {
    const start = this.thread.x * this.constants.columns;${largestAndSum}
    return Math.log(total) + (${wrong});
  }`;
  const smoothed = `function (logits, labels) {
    const start = this.thread.x * this.constants.columns;${largestAndSum}
    let spread = 0;
    for (let j = 0; j < this.constants.columns; j++) {
      spread += largest - logits[start + j];
    }
    return Math.log(total) + this.constants.kept * (${wrong}) + this.constants.share * spread;
  }`;
  const lossLaunch =
    labelSmoothing === 0
      ? launch('cross-entropy', plain, { columns }, inputs, losses.storage)
      : launch(
          'cross-entropy, smoothed',
          smoothed,
          { columns, kept: 1 - labelSmoothing, share: labelSmoothing / columns },
          inputs,
          losses.storage,
        );
  return [probabilitiesOf(logits, probabilities), lossLaunch];
}

/** dLogits[i, j] = (probabilities[i, j] − target of i, j) / rows. */
export function softmaxCrossEntropyBackward(operation: Operation<'softmaxCrossEntropyBackward'>): Launch[] {
  const { probabilities, labels } = operation.inputs;
  const { labelSmoothing } = operation.constants;
  const [rows, columns] = probabilities.shape as readonly [number, number];
  const source = `function (probabilities, labels) {
    ${divide('row', 'column', 'this.thread.x', 'this.constants.columns')}
    let target = this.constants.share;
    if (labels[row] === column) { target = target + this.constants.kept; }
    return (probabilities[this.thread.x] - target) / this.constants.rows;
  }`;
  return [
    launch(
      'cross-entropy backward',
      source,
      { rows, columns, kept: 1 - labelSmoothing, share: labelSmoothing / columns },
      [probabilities.storage, labels.storage],
      operation.outputs.dLogits.storage,
    ),
  ];
}
