import { type Examples, exampleShape } from '../data/examples.ts';
import type { Sequential } from '../layers/sequential.ts';
import { formatShape, sameShape, ShapeError } from '../tensor/shape.ts';

/**
 * @param caller the function that messages begin with: `evaluate`
 * @throws ShapeError unless the network takes images of this shape and there is a label for each; RangeError if the
 *   network has no class for a label
 */
export function checkExamples(caller: string, model: Sequential, { images, labels }: Examples): void {
  const shape = exampleShape({ images, labels });
  if (!sameShape(shape, model.inputShape)) {
    throw new ShapeError(
      `${caller}: the images are ${formatShape(images.shape)}, each ${formatShape(shape)}; ` +
        `the network takes ${formatShape(model.inputShape)}`,
    );
  }
  if (images.shape[0] !== labels.size) {
    throw new ShapeError(`${caller}: got ${images.shape[0]} images, ${labels.size} labels`);
  }
  const [classes] = model.outputShape as [number];
  const wrong = labels.values.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    throw new RangeError(
      `${caller}: image ${wrong} has the label ${labels.values[wrong]}, the network has ${classes} classes, from 0`,
    );
  }
}
