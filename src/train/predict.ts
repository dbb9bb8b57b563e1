import type { Sequential } from '../layers/sequential.ts';
import { Tensor } from '../tensor/tensor.ts';
import { evaluate } from './evaluate.ts';
import type { Evaluation } from './evaluator.ts';
import type { EngineOption } from './with-engine.ts';

/** What a network makes of images: of each the class index, and the probabilities of all classes. */
export type Prediction = Pick<Evaluation, 'predicted' | 'probabilities'>;

/**
 * Classifies images.
 *
 *     const { predicted, probabilities } = await predict(model, images);
 *
 * @param images bytes [n, …the network's input shape]; 0 is black
 * @returns predicted [n], and probabilities [n, classes], row by row
 */
export async function predict(
  model: Sequential,
  images: Tensor<'uint8'>,
  options: EngineOption = {},
): Promise<Prediction> {
  // an evaluation needs labels for its loss, which nobody sees here
  const labels = Tensor.zeros('uint8', [images.shape[0]!], 'no labels');
  const { predicted, probabilities } = await evaluate(model, { images, labels }, options);
  return { predicted, probabilities };
}
