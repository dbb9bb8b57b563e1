/** The targets of examples in the forms in which programs have them: class indices, names, one-hot rows, numbers. */
import { maxClasses } from '../data/dataset.ts';
import { type Flat, flatten, type Numbers, toFloats } from '../data/numbers/numbers.ts';
import type { LossSpec } from '../layers/loss.ts';
import type { Sequential } from '../layers/sequential.ts';
import { showValue } from '../show-value.ts';
import { formatShape, sameShape, type Shape, ShapeError, sizeOf } from '../tensor/shape.ts';
import { Tensor } from '../tensor/tensor.ts';

/** What may be given as y; which of them fits is a matter of the loss. */
export type TargetNumbers = Numbers | Tensor<'int32'> | readonly string[];

interface Context {
  readonly model: Sequential;
  readonly loss: LossSpec;
  /** Number of examples. */
  readonly count: number;
  /** For messages: `fit: y`. */
  readonly what: string;
}

/**
 * Class indices as uint8 [n] for a classifier; else float32 [n, …shape of the network's output].
 *
 * @returns also the names of the classes, if `given` holds names
 * @throws TypeError, RangeError or ShapeError in one line
 */
export function toTargets(
  given: TargetNumbers,
  context: Context,
): { readonly y: Tensor<'uint8'> | Tensor<'float32'>; readonly classNames?: readonly string[] } {
  if (Array.isArray(given) && typeof given[0] === 'string') return fromNames(given, context);
  const { loss, model, what } = context;
  const flat = flatten(given, loss.targets === 'classes' ? [1] : model.outputShape, what);
  checkCount(flat, context);
  return { y: loss.targets === 'classes' ? toIndices(flat, context) : toNumbers(flat, context) };
}

function checkCount({ shape }: Pick<Flat, 'shape'>, { count, what }: Context): void {
  if (shape[0] !== count) throw new ShapeError(`${what}: there are ${count} examples in x, ${shape[0]} in y`);
}

/** Numbers of the shape of the outputs; one number an example where the network has one output. */
function toNumbers(flat: Flat, { model, loss, what }: Context): Tensor<'float32'> {
  const { outputShape } = model;
  const item = flat.shape.slice(1);
  if (!sameShape(item, outputShape) && !(item.length === 0 && sizeOf(outputShape) === 1)) {
    throw new ShapeError(
      `${what}: each target is ${item.length === 0 ? 'one number' : formatShape(item)}, the network gives ` +
        formatShape(outputShape),
    );
  }
  const y = toFloats({ values: flat.values, shape: [flat.shape[0]!, ...outputShape] }, what);
  const wrong = loss.targets === 'probabilities' ? y.values.findIndex((t) => t < 0 || t > 1) : -1;
  if (wrong >= 0) {
    const example = Math.floor(wrong / sizeOf(outputShape));
    throw new RangeError(
      `${what}: example ${example} is ${y.values[wrong]}; ${loss.type} wants numbers from 0 (no) to 1 (yes)`,
    );
  }
  return y;
}

/** Class indices [n], [n, 1] or one-hot rows [n, classes]. */
function toIndices({ values, shape }: Flat, context: Context): Tensor<'uint8'> {
  const classes = classesOf(context);
  const { what } = context;
  const [count, columns = 1] = shape as [number, number?];
  if (shape.length > 2 || (columns !== 1 && columns !== classes)) {
    throw new ShapeError(
      `${what}: expected class indices [${count}] or one-hot rows [${count}, ${classes}], got ${formatShape(shape)}`,
    );
  }
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const label = columns === 1 ? values[i]! : hotColumn(values, i, classes);
    if (!(Number.isSafeInteger(label) && label >= 0 && label < classes)) {
      throw new RangeError(`${what}: example ${i} ${explain(label, columns, classes)}`);
    }
    labels[i] = label;
  }
  return Tensor.from('uint8', [count], labels, 'labels');
}

function explain(label: number, columns: number, classes: number): string {
  if (columns > 1)
    return 'is no one-hot row, with a single 1 and else 0; for numbers, give a loss such as "mse"';
  if (Number.isSafeInteger(label)) return `is class ${label}, the network has ${classes} classes, from 0`;
  return `is ${label}, which is no class index; for numbers, give a loss such as "mse"`;
}

/** The column of the only 1 of a row; NaN for any other row. */
function hotColumn(values: ArrayLike<number>, row: number, classes: number): number {
  let column = NaN;
  for (let j = 0; j < classes; j++) {
    const value = values[row * classes + j]!;
    if (value === 0) continue;
    if (value !== 1 || !Number.isNaN(column)) return NaN;
    column = j;
  }
  return column;
}

/** The number of outputs. @throws ShapeError if the network is no classifier */
function classesOf({ model, what }: Context): number {
  const { outputShape } = model;
  const [classes] = outputShape as [number];
  if (outputShape.length !== 1) {
    throw new ShapeError(
      `${what}: the network gives ${formatShape(outputShape)}, a classifier gives [classes]; put flatten() and a dense ` +
        'layer at its end, or give a loss such as "mse"',
    );
  }
  if (classes === 1) {
    throw new ShapeError(
      `${what}: a network with one output has no classes to choose from; give loss: "binaryCrossEntropy" for yes or no, ` +
        '"mse" for numbers',
    );
  }
  if (classes > maxClasses) {
    throw new RangeError(
      `${what}: the network has ${classes} outputs; a classifier has at most ${maxClasses}`,
    );
  }
  return classes;
}

function fromNames(
  names: readonly unknown[],
  context: Context,
): { readonly y: Tensor<'uint8'> | Tensor<'float32'>; readonly classNames: readonly string[] } {
  const { model, loss, what } = context;
  checkCount({ shape: [names.length] }, context);
  const wrong = names.findIndex((name) => typeof name !== 'string');
  if (wrong >= 0)
    throw new TypeError(`${what}[${wrong}]: expected a name like the first, got ${showValue(names[wrong])}`);
  if (loss.targets === 'numbers') throw new TypeError(`${what}: ${loss.type} wants numbers, got names`);
  const classNames = model.classNames ?? [...new Set(names as string[])].toSorted();
  const classes = loss.targets === 'classes' ? classesOf(context) : 2;
  if (loss.targets === 'probabilities' && sizeOf(model.outputShape) !== 1) {
    throw new ShapeError(`${what}: names of two classes need a network with one output`);
  }
  if (classNames.length !== classes) {
    throw new RangeError(
      `${what} has ${classNames.length} different names, the network has ${classes} classes`,
    );
  }
  const indexOf = new Map(classNames.map((name, index) => [name, index]));
  const labels = Uint8Array.from(names as string[], (name, i) => {
    const index = indexOf.get(name);
    if (index === undefined) {
      throw new RangeError(
        `${what}[${i}]: ${showValue(name)} is none of the classes ${classNames.join(', ')}`,
      );
    }
    return index;
  });
  const shape: Shape = [names.length];
  const y =
    loss.targets === 'classes'
      ? Tensor.from('uint8', shape, labels, 'labels')
      : Tensor.from('float32', [names.length, ...model.outputShape], Float32Array.from(labels), 'labels');
  return { y, classNames };
}
