import { type Examples, exampleShape } from '../data/idx/idx-folder.ts';
import type { Sequential } from '../layers/sequential.ts';
import { formatShape, sameShape, ShapeError } from '../tensor/shape.ts';

/**
 * @param caller what messages begin with: `evaluate`
 * @throws ShapeError or RangeError unless the network takes such images, each with a label that it knows
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
      `${caller}: image ${wrong} has the label ${labels.values[wrong]}, the network tells ${classes} classes apart, from 0`,
    );
  }
}
