import type { Examples } from '../data/examples.ts';
import { flatten, type Numbers, toTensor } from '../data/numbers/numbers.ts';
import type { LossSpec } from '../layers/loss.ts';
import type { Sequential } from '../layers/sequential.ts';
import { showValue } from '../show-value.ts';
import { formatShape, sameShape, ShapeError } from '../tensor/shape.ts';
import { Tensor } from '../tensor/tensor.ts';
import { type TargetNumbers, toTargets } from './targets.ts';

/** What `fit` learns from and `evaluate` measures with, in the forms in which programs have numbers. */
export interface TrainingData {
  /**
   * Inputs [n, …the network's input shape]. Bytes (uint8) are divided by 255 when they are used, so that images are numbers
   * in [0, 1]; all else is used as it is, as float32.
   */
  readonly x: Numbers;
  /**
   * For a classifier: class indices [n] from 0, names of classes, or one-hot rows [n, classes]. For other losses: numbers
   * [n, …shape of the network's output], or [n] where the network has one output.
   */
  readonly y: TargetNumbers;
}

/**
 * The data as tensors that a program can gather from. Arrays that have the right type are not copied.
 *
 * @param caller for messages: `fit`
 * @returns also the names of the classes, if `y` holds names
 * @throws TypeError, RangeError or ShapeError in one line that says which example is wrong
 */
export function toExamples(
  caller: string,
  model: Sequential,
  data: TrainingData,
  loss: LossSpec,
): { readonly examples: Examples; readonly classNames?: readonly string[] } {
  if (
    data instanceof Tensor ||
    Array.isArray(data) ||
    typeof data !== 'object' ||
    data === null ||
    !('x' in data)
  ) {
    const got = data instanceof Tensor ? `a tensor` : showValue(data);
    throw new TypeError(
      `${caller}: expected the data as { x, y }, got ${got}: ${caller}(model, { x, y }, options)`,
    );
  }
  if (data.y === undefined)
    throw new TypeError(`${caller}: y is missing: ${caller}(model, { x, y }, options)`);
  const x = toInputs(caller, model, data.x);
  const { y, classNames } = toTargets(data.y, { model, loss, count: x.shape[0]!, what: `${caller}: y` });
  return { examples: { x, y }, ...(classNames && { classNames }) };
}

/** Inputs of the network's shape as a tensor. */
export function toInputs(caller: string, model: Sequential, given: Numbers): Examples['x'] {
  const what = `${caller}: x`;
  const flat = flatten(given, model.inputShape, what);
  const item = flat.shape.slice(1);
  if (!sameShape(item, model.inputShape)) {
    const isOne = sameShape(flat.shape, model.inputShape);
    throw new ShapeError(
      `${what} is ${formatShape(flat.shape)}, each example ${formatShape(item)}; the network takes ` +
        `${formatShape(model.inputShape)}${isOne ? '; for one example, give a list of one: [x]' : ''}`,
    );
  }
  if (given instanceof Tensor && (given.dtype as string) === 'int32') {
    throw new TypeError(`${what}: expected float32 or uint8, got an int32 tensor`);
  }
  return toTensor(flat, what);
}
