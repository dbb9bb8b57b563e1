import { type Examples, exampleShape } from '../data/examples.ts';
import type { LossSpec } from '../layers/loss.ts';
import type { Sequential } from '../layers/sequential.ts';
import { formatShape, sameShape, ShapeError } from '../tensor/shape.ts';

/**
 * The check where a program is made, so that no kernel reads behind its data. `fit` and `evaluate` say more about what they
 * are given.
 *
 * @param caller what messages begin with: `TrainingSteps`
 * @throws ShapeError unless inputs and targets have the shapes of the network; TypeError for targets that the loss has no
 *   use for; RangeError for a class that the network does not have
 */
export function checkExamples(caller: string, model: Sequential, examples: Examples, loss: LossSpec): void {
  const { x, y } = examples;
  const shape = exampleShape(examples);
  if (!sameShape(shape, model.inputShape)) {
    throw new ShapeError(
      `${caller}: x is ${formatShape(x.shape)}, each example ${formatShape(shape)}; ` +
        `the network takes ${formatShape(model.inputShape)}`,
    );
  }
  const [count] = x.shape as [number];
  const expected = loss.targets === 'classes' ? [count] : [count, ...model.outputShape];
  if (!sameShape(y.shape, expected)) {
    throw new ShapeError(
      `${caller}: y is ${formatShape(y.shape)}; for ${count} examples ${loss.type} wants ${formatShape(expected)}`,
    );
  }
  if (loss.targets !== 'classes') {
    if (y.dtype !== 'float32')
      throw new TypeError(`${caller}: y: ${loss.type} wants float32, got ${y.dtype}`);
    return;
  }
  if (y.dtype !== 'uint8') throw new TypeError(`${caller}: y: ${loss.type} wants uint8, got ${y.dtype}`);
  const [classes] = model.outputShape as [number];
  if (model.outputShape.length !== 1) {
    throw new ShapeError(
      `${caller}: the network gives ${formatShape(model.outputShape)}, a classifier gives [classes]`,
    );
  }
  if (model.layers.some(({ statistics }) => statistics?.of === 'targets')) {
    throw new TypeError(`${caller}: unstandardize() is for networks that predict numbers, not classes`);
  }
  const wrong = y.values.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    throw new RangeError(
      `${caller}: example ${wrong} has the label ${y.values[wrong]}, the network has ${classes} classes, from 0`,
    );
  }
}
