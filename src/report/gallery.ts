import { type Examples, exampleShape } from '../data/examples.ts';
import { sizeOf } from '../tensor/shape.ts';
import { Tensor } from '../tensor/tensor.ts';
import { isCorrect, type Prediction } from '../train/full-evaluation.ts';
import { contactSheet } from './contact-sheet.ts';
import { dataUri, escapeHtml } from './html-page.ts';
import { percent } from './format.ts';

/** As many right predictions as are shown: the first of each class, then the second, and so on. */
const rightCount = 20;

/** Predictions that were right, of as many classes as possible, in the order of their images. */
export function rightPredictions(predictions: readonly Prediction[]): Prediction[] {
  const seen = new Map<number, number>();
  const ranked = predictions.filter(isCorrect).map((prediction) => {
    const rank = seen.get(prediction.actual) ?? 0;
    seen.set(prediction.actual, rank + 1);
    return { prediction, rank };
  });
  return ranked
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, rightCount)
    .map(({ prediction }) => prediction);
}

/**
 * Images with what the network made of them: the predicted class and its probability, in one colour where it is right
 * and in another, with the true class, where it is not.
 */
export function gallery(
  examples: Examples,
  predictions: readonly Prediction[],
  classNames: readonly string[],
): string {
  const entries = predictions.map(({ index, actual, predicted, probability }) => {
    const [trueName, name] = [escapeHtml(classNames[actual]!), escapeHtml(classNames[predicted]!)];
    const isRight = actual === predicted;
    const verdict = isRight
      ? `<span class="right">✓ ${name} ${percent(probability)}</span>`
      : `<span class="wrong">✗ ${name} ${percent(probability)}</span><br>is ${trueName}`;
    const words = isRight
      ? `Image ${index}: ${trueName}, predicted right`
      : `Image ${index}: ${trueName}, predicted to be ${name}`;
    return `<figure><img class="pixels" src="${dataUri(picture(examples, index))}" alt="${words}"><figcaption>${verdict}</figcaption></figure>`;
  });
  return `<div class="figures small">\n${entries.join('\n')}\n</div>`;
}

/** One image as a PNG file, pixel for pixel. */
function picture(examples: Examples, index: number): Uint8Array {
  const shape = exampleShape(examples);
  const size = sizeOf(shape);
  const bytes = examples.images.values.subarray(index * size, (index + 1) * size);
  const values = Float32Array.from(bytes, (byte) => byte / 255);
  return contactSheet(Tensor.from('float32', [1, ...shape], values, 'image'), {
    columns: 1,
    scale: 1,
    gap: 0,
  });
}
