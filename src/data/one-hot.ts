import { Tensor } from '../tensor/tensor.ts';

/** A tensor [n, classes] whose row i is 1 at column `labels[i]` and 0 elsewhere. This is for display: the loss takes class indices. @throws RangeError for a label that is no class */
export function oneHot(labels: ArrayLike<number>, classes: number): Tensor<'float32'> {
  const encoded = Tensor.zeros('float32', [labels.length, classes], 'one-hot labels');
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
      throw new RangeError(`oneHot: labels must be integers from 0 to ${classes - 1}, got ${label} at ${i}`);
    }
    encoded.values[i * classes + label] = 1;
  }
  return encoded;
}
