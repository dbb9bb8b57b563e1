import type { Sequential } from '../layers/sequential.ts';
import { Tensor } from '../tensor/tensor.ts';
import { evaluate } from './evaluate.ts';
import type { Predictions } from './evaluator.ts';
import type { EngineOption } from './with-engine.ts';

/**
 * Classifies images.
 *
 *     const { predicted, probabilities } = await predict(model, images);
 *
 * @param images bytes [n, …the network's input shape]; 0 is black
 * @returns predicted [n], and probabilities [n, classes], row by row
 * @throws ShapeError if the images do not fit the network; EngineError if the engine cannot run here
 */
export async function predict(
  model: Sequential,
  images: Tensor<'uint8'>,
  options: EngineOption = {},
): Promise<Predictions> {
  // an evaluation needs labels for its loss, which is not used here
  const labels = Tensor.zeros('uint8', [images.shape[0]!], 'no labels');
  const { predicted, probabilities } = await evaluate(model, { images, labels }, options);
  return { predicted, probabilities };
}
