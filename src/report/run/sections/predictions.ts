import { type LabelledImages, exampleShape } from '../../../data/examples.ts';
import { sizeOf } from '../../../tensor/shape.ts';
import { Tensor } from '../../../tensor/tensor.ts';
import { type FullEvaluation, isCorrect, type Prediction } from '../../../train/full-evaluation.ts';
import { percent } from '../../format.ts';
import { dataUri, escapeHtml } from '../../html/page.ts';
import { paragraph, section } from '../../html/parts.ts';
import { contactSheet } from '../../pictures/contact-sheet.ts';
import type { RunReport, TestPredictions } from '../contents.ts';

/** How many right predictions are shown. */
const rightCount = 20;

/** Two galleries of test images: right predictions, and the mistakes of which the network was most certain. */
export function predictionsSection(
  { run }: RunReport,
  test: FullEvaluation,
  { images, predictions: all }: Extract<TestPredictions, { of: 'images' }>,
): string {
  const { classNames } = run.configuration;
  const show = (predictions: readonly Prediction[], words: string): string =>
    predictions.length === 0
      ? paragraph('None.')
      : `${paragraph(words)}\n${gallery(images, predictions, classNames)}`;
  return [
    section(
      'Right predictions',
      show(rightPredictions(all), 'The first of each class, with the probability of the prediction.'),
    ),
    section('Wrong predictions', show(test.mistakes, 'The mistakes of which the network was most certain.')),
  ].join('\n');
}

/**
 * Some right predictions, of as many classes as possible: the first of each class, then the second of each, and so on. In
 * this order, and within it in the order of the images.
 */
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
 * A gallery: images with the predicted class and its probability below them. The colour says whether the prediction is
 * right; if not, the true class follows.
 */
function gallery(
  examples: LabelledImages,
  predictions: readonly Prediction[],
  classNames: readonly string[],
): string {
  const entries = predictions.map(({ index, actual, predicted, probability, file }) => {
    const [trueName, name] = [escapeHtml(classNames[actual]!), escapeHtml(classNames[predicted]!)];
    const isRight = actual === predicted;
    const image = escapeHtml(file === undefined ? `Image ${index}` : `Image ${index}, ${file}`);
    const path = file === undefined ? '' : `<br><span class="quiet">${escapeHtml(file)}</span>`;
    const verdict = isRight
      ? `<span class="right">✓ ${name} ${percent(probability)}</span>`
      : `<span class="wrong">✗ ${name} ${percent(probability)}</span><br>is ${trueName}`;
    const words = isRight
      ? `${image}: ${trueName}, predicted right`
      : `${image}: ${trueName}, predicted to be ${name}`;
    return `<figure><img class="pixels" src="${dataUri(picture(examples, index))}" alt="${words}"><figcaption>${verdict}${path}</figcaption></figure>`;
  });
  return `<div class="figures small">\n${entries.join('\n')}\n</div>`;
}

/** One image as a PNG file, a pixel for each of its pixels. */
function picture(examples: LabelledImages, index: number): Uint8Array {
  const shape = exampleShape(examples);
  const size = sizeOf(shape);
  const bytes = examples.x.values.subarray(index * size, (index + 1) * size);
  const values = Float32Array.from(bytes, (byte) => byte / 255);
  return contactSheet(Tensor.from('float32', [1, ...shape], values, 'image'), {
    columns: 1,
    scale: 1,
    gap: 0,
  });
}
