import type { ElementLossName } from './element-loss.ts';
import type { ElementwiseName } from './elementwise.ts';
import type {
  AdamConstants,
  DropoutConstants,
  MatmulForm,
  Operation,
  OperationKind,
  SgdConstants,
} from './operation.ts';
import { expectRank, expectShape, formatShape, type Shape, ShapeError } from './shape.ts';
import type { DataType, FloatType, Tensor } from './tensor.ts';
import { type Fill, transformSize } from './warp.ts';
import { type Padding, windowGeometry, type WindowGeometry } from './window.ts';

/**
 * The operations that layers, losses and optimizers are written with. This class checks shapes, makes the
 * output tensor and hands the operation on; what happens then is the subclass's business: `EagerOps` computes
 * at once with the reference, `Recorder` appends to a `Program` that an engine runs later.
 *
 * Shapes are checked here, once, and nowhere below.
 */
export abstract class Ops {
  /** A new tensor for a result. */
  protected abstract output<D extends DataType>(dtype: D, shape: Shape): Tensor<D>;

  /** Computes or records the operation. */
  protected abstract emit<K extends OperationKind>(operation: Operation<K>): void;

  /** y [n, …item] = scale · images[indices]; images [count, …item] of bytes, indices [n]. */
  gatherImages(images: Tensor<'uint8'>, indices: Tensor<'int32'>, scale: number): Tensor {
    expectRank(indices.shape, 1, 'gatherImages: indices');
    const y: Tensor = this.output('float32', [indices.size, ...images.shape.slice(1)]);
    this.emit({ kind: 'gatherImages', inputs: { images, indices }, outputs: { y }, constants: { scale } });
    return y;
  }

  /**
   * y [n, h, w, c]: each of `images` moved, mirrored, rotated, or in part erased, as its row of `transforms`
   * [n, 10] says; warp.ts defines these numbers, and what is outside of an image.
   */
  warpImages(images: Tensor, transforms: Tensor, fill: Fill = 'zeros'): Tensor {
    expectRank(images.shape, 4, 'warpImages: images');
    expectShape(transforms.shape, [images.shape[0]!, transformSize], 'warpImages: transforms');
    const y = this.output(images.dtype, images.shape);
    this.emit({ kind: 'warpImages', inputs: { images, transforms }, outputs: { y }, constants: { fill } });
    return y;
  }

  /** y [n] = labels[indices]; labels [count] of bytes, indices [n]. */
  gatherLabels(labels: Tensor<'uint8'>, indices: Tensor<'int32'>): Tensor<'int32'> {
    expectRank(labels.shape, 1, 'gatherLabels: labels');
    expectRank(indices.shape, 1, 'gatherLabels: indices');
    const y = this.output('int32', indices.shape);
    this.emit({ kind: 'gatherLabels', inputs: { labels, indices }, outputs: { y }, constants: {} });
    return y;
  }

  /** y [n, …item] = x[indices]; x [count, …item] of floats, indices [n]. */
  gatherRows(x: Tensor, indices: Tensor<'int32'>): Tensor {
    expectRank(indices.shape, 1, 'gatherRows: indices');
    const y = this.output(x.dtype, [indices.size, ...x.shape.slice(1)]);
    this.emit({ kind: 'gatherRows', inputs: { x, indices }, outputs: { y }, constants: {} });
    return y;
  }

  /**
   * C [m, n] = A [m, k] · B [k, n]. With `transposeA` the first operand is stored as [k, m], with
   * `transposeB` the second as [n, k]. `out` takes the result instead of a new tensor.
   */
  matmul(a: Tensor, b: Tensor, options: Partial<MatmulForm> & { out?: Tensor } = {}): Tensor {
    const constants = { transposeA: options.transposeA ?? false, transposeB: options.transposeB ?? false };
    const shape = matmulShape(a, b, constants);
    const c = this.#outputOr(options.out, a.dtype, shape, 'matmul: out');
    this.emit({ kind: 'matmul', inputs: { a, b }, outputs: { c }, constants });
    return c;
  }

  /** y [n, c] = x [n, c] + bias [c], in every row. */
  addBias(x: Tensor, bias: Tensor): Tensor {
    expectShape(bias.shape, x.shape.slice(-1), `addBias: bias for x ${formatShape(x.shape)}`);
    const y = this.output(x.dtype, x.shape);
    this.emit({ kind: 'addBias', inputs: { x, bias }, outputs: { y }, constants: {} });
    return y;
  }

  /**
   * y = f(x), element by element, for a function of elementwise.ts.
   *
   * @param parameter The parameter of a function that has one, at least 0.
   */
  elementwise(x: Tensor, name: ElementwiseName, parameter = 0): Tensor {
    const y = this.output(x.dtype, x.shape);
    const constants = { function: name, parameter };
    this.emit({ kind: 'elementwise', inputs: { x }, outputs: { y }, constants });
    return y;
  }

  /** dx = dy · f′(x), element by element; `kept` is the x or the y of `elementwise`, as the function's `keeps` says. */
  elementwiseBackward(kept: Tensor, dy: Tensor, name: ElementwiseName, parameter = 0): Tensor {
    expectShape(dy.shape, kept.shape, `${name}Backward: dy`);
    const dx = this.output(kept.dtype, kept.shape);
    const constants = { function: name, parameter };
    this.emit({ kind: 'elementwiseBackward', inputs: { kept, dy }, outputs: { dx }, constants });
    return dx;
  }

  /** y = a · b, element by element. */
  multiply(a: Tensor, b: Tensor): Tensor {
    expectShape(b.shape, a.shape, 'multiply: second operand');
    const y = this.output(a.dtype, a.shape);
    this.emit({ kind: 'multiply', inputs: { a, b }, outputs: { y }, constants: {} });
    return y;
  }

  /** y = a + b, element by element. */
  add(a: Tensor, b: Tensor): Tensor {
    expectShape(b.shape, a.shape, 'add: second operand');
    const y = this.output(a.dtype, a.shape);
    this.emit({ kind: 'add', inputs: { a, b }, outputs: { y }, constants: {} });
    return y;
  }

  /** target ← target + scale · x, in place. */
  addScaled(target: Tensor, x: Tensor, scale: number): void {
    expectShape(x.shape, target.shape, 'addScaled: x');
    this.emit({ kind: 'addScaled', inputs: { target, x }, outputs: { target }, constants: { scale } });
  }

  /**
   * target ← target · min(1, limit / √squares), in place: with `squares` [1], the sum of the squares of all tensors
   * that are clipped together, none of their norm is left above `limit`. A sum that is infinite makes zeros.
   */
  clipByNorm(target: Tensor, squares: Tensor, limit: number): void {
    expectShape(squares.shape, [1], 'clipByNorm: squares');
    const inputs = { target, squares };
    this.emit({ kind: 'clipByNorm', inputs, outputs: { target }, constants: { limit } });
  }

  /** y [n, …] = weights[label] · x [n, …]: each row times the number of its class; labels [n], weights [classes]. */
  weightByClass(x: Tensor, labels: Tensor<'int32'>, weights: Tensor): Tensor {
    expectShape(labels.shape, x.shape.slice(0, 1), 'weightByClass: labels');
    expectRank(weights.shape, 1, 'weightByClass: weights');
    const y = this.output(x.dtype, x.shape);
    this.emit({ kind: 'weightByClass', inputs: { x, labels, weights }, outputs: { y }, constants: {} });
    return y;
  }

  /** y [c] = Σₙ x [n, c]: the sum over the batch, in the order of the rows. */
  sumRows(x: Tensor, options: { out?: Tensor } = {}): Tensor {
    const y = this.#outputOr(options.out, x.dtype, x.shape.slice(-1), 'sumRows: out');
    this.emit({ kind: 'sumRows', inputs: { x }, outputs: { y }, constants: {} });
    return y;
  }

  /** y [1]: the mean of all elements. */
  mean(x: Tensor): Tensor {
    const y = this.output(x.dtype, [1]);
    this.emit({ kind: 'mean', inputs: { x }, outputs: { y }, constants: {} });
    return y;
  }

  /** y [1] = scale · Σ x², over all elements. */
  sumSquares(x: Tensor, scale: number): Tensor {
    const y = this.output(x.dtype, [1]);
    this.emit({ kind: 'sumSquares', inputs: { x }, outputs: { y }, constants: { scale } });
    return y;
  }

  /**
   * A random mask: 0 with probability `rate`, else 1 / (1 − rate), so that x · mask has the mean of x.
   * Element i is decided by the random number (seed, stream, step, i); `step` is an int32 tensor [1].
   */
  dropoutMask(dtype: FloatType, shape: Shape, step: Tensor<'int32'>, constants: DropoutConstants): Tensor {
    expectShape(step.shape, [1], 'dropoutMask: step');
    const mask: Tensor = this.output<FloatType>(dtype, shape);
    this.emit({ kind: 'dropoutMask', inputs: { step }, outputs: { mask }, constants });
    return mask;
  }

  /**
   * y [n, oh, ow, o]: each output pixel is the sum, over a window of x [n, h, w, c], of pixels times `filter`
   * [kh, kw, c, o]. Outside of the image there are zeros.
   */
  conv2d(x: Tensor, filter: Tensor, options: WindowOptions = {}): Tensor {
    expectRank(x.shape, 4, 'conv2d: x');
    expectRank(filter.shape, 4, 'conv2d: filter');
    expectShape(filter.shape.slice(2, 3), x.shape.slice(3), 'conv2d: input channels of the filter');
    const { outputHeight, outputWidth, ...constants } = geometry(x.shape, filter.shape, options, 'conv2d');
    const y = this.output(x.dtype, [x.shape[0]!, outputHeight, outputWidth, filter.shape[3]!]);
    this.emit({ kind: 'conv2d', inputs: { x, filter }, outputs: { y }, constants });
    return y;
  }

  /** dx of the shape of x, given dy of the shape of `conv2d(x, filter, options)`. */
  conv2dBackwardInput(dy: Tensor, filter: Tensor, inputShape: Shape, options: WindowOptions = {}): Tensor {
    const { outputHeight, outputWidth, ...constants } = geometry(inputShape, filter.shape, options, 'conv2d');
    const expected = [inputShape[0]!, outputHeight, outputWidth, filter.shape[3]!];
    expectShape(dy.shape, expected, 'conv2dBackwardInput: dy');
    const dx = this.output(dy.dtype, inputShape);
    this.emit({ kind: 'conv2dBackwardInput', inputs: { dy, filter }, outputs: { dx }, constants });
    return dx;
  }

  /** The gradient by the filter, written to `out`, given x and dy of the shape of the convolution of x. */
  conv2dBackwardFilter(x: Tensor, dy: Tensor, options: WindowOptions & { out: Tensor }): void {
    const { out: dFilter } = options;
    const { outputHeight, outputWidth, ...constants } = geometry(x.shape, dFilter.shape, options, 'conv2d');
    const expected = [x.shape[0]!, outputHeight, outputWidth, dFilter.shape[3]!];
    expectShape(dy.shape, expected, 'conv2dBackwardFilter: dy');
    this.emit({ kind: 'conv2dBackwardFilter', inputs: { x, dy }, outputs: { dFilter }, constants });
  }

  /**
   * y [n, oh, ow, c]: the largest pixel of each window, channel by channel, and argmax, its place in the window
   * (row · width + column); the first of equals. What lies outside of the image does not count.
   */
  maxPool2d(
    x: Tensor,
    size: readonly [number, number],
    options: WindowOptions = {},
  ): { readonly y: Tensor; readonly argmax: Tensor<'int32'> } {
    expectRank(x.shape, 4, 'maxPool2d: x');
    const [height, width] = size;
    const found = geometry(x.shape, size, { stride: size, ...options }, 'maxPool2d');
    const { outputHeight, outputWidth, ...window } = found;
    const shape = [x.shape[0]!, outputHeight, outputWidth, x.shape[3]!];
    const outputs = { y: this.output(x.dtype, shape), argmax: this.output('int32', shape) };
    this.emit({ kind: 'maxPool2d', inputs: { x }, outputs, constants: { ...window, height, width } });
    return outputs;
  }

  /** dx of the shape of x: each dy goes to the pixel that was largest. */
  maxPool2dBackward(
    dy: Tensor,
    argmax: Tensor<'int32'>,
    inputShape: Shape,
    size: readonly [number, number],
    options: WindowOptions = {},
  ): Tensor {
    expectShape(dy.shape, argmax.shape, 'maxPool2dBackward: dy');
    const [height, width] = size;
    const found = geometry(inputShape, size, { stride: size, ...options }, 'maxPool2d');
    const { outputHeight: _h, outputWidth: _w, ...window } = found;
    const dx = this.output(dy.dtype, inputShape);
    const constants = { ...window, height, width };
    this.emit({ kind: 'maxPool2dBackward', inputs: { dy, argmax }, outputs: { dx }, constants });
    return dx;
  }

  /** y [n, oh, ow, c]: the mean of each window, channel by channel, over the pixels inside of the image. */
  averagePool2d(x: Tensor, size: readonly [number, number], options: WindowOptions = {}): Tensor {
    expectRank(x.shape, 4, 'averagePool2d: x');
    const [height, width] = size;
    const found = geometry(x.shape, size, { stride: size, ...options }, 'averagePool2d');
    const { outputHeight, outputWidth, ...window } = found;
    const y = this.output(x.dtype, [x.shape[0]!, outputHeight, outputWidth, x.shape[3]!]);
    const constants = { ...window, height, width };
    this.emit({ kind: 'averagePool2d', inputs: { x }, outputs: { y }, constants });
    return y;
  }

  /** dx of the shape of x: each dy in equal shares to the pixels of its window, inside of the image. */
  averagePool2dBackward(
    dy: Tensor,
    inputShape: Shape,
    size: readonly [number, number],
    options: WindowOptions = {},
  ): Tensor {
    expectRank(inputShape, 4, 'averagePool2dBackward: shape of x');
    const [height, width] = size;
    const found = geometry(inputShape, size, { stride: size, ...options }, 'averagePool2d');
    const { outputHeight, outputWidth, ...window } = found;
    const expected = [inputShape[0]!, outputHeight, outputWidth, inputShape[3]!];
    expectShape(dy.shape, expected, 'averagePool2dBackward: dy');
    const dx = this.output(dy.dtype, inputShape);
    const constants = { ...window, height, width };
    this.emit({ kind: 'averagePool2dBackward', inputs: { dy }, outputs: { dx }, constants });
    return dx;
  }

  /** mean [c] and variance [c] of x [n, …, c], over all dimensions but the last; the variance divides by their size. */
  batchMoments(x: Tensor): { readonly mean: Tensor; readonly variance: Tensor } {
    const channels = channelsOf(x, 'batchMoments');
    const outputs = { mean: this.output(x.dtype, channels), variance: this.output(x.dtype, channels) };
    this.emit({ kind: 'batchMoments', inputs: { x }, outputs, constants: {} });
    return outputs;
  }

  /** average ← momentum · average + (1 − momentum) · x, in place. */
  updateAverage(average: Tensor, x: Tensor, momentum: number): void {
    expectShape(x.shape, average.shape, 'updateAverage: x');
    const inputs = { average, x };
    this.emit({ kind: 'updateAverage', inputs, outputs: { average }, constants: { momentum } });
  }

  /** y = gamma · (x − mean) / √(variance + epsilon) + beta for x [n, …, c] and the others [c]. */
  batchNorm(operands: Operation<'batchNorm'>['inputs'], epsilon: number): Tensor {
    const { x, ...perChannel } = operands;
    expectChannels(x, perChannel, 'batchNorm');
    const y = this.output(x.dtype, x.shape);
    this.emit({ kind: 'batchNorm', inputs: operands, outputs: { y }, constants: { epsilon } });
    return y;
  }

  /** dGamma [c] and dBeta [c] of `batchNorm`, written to `out`; `mean` and `variance` are those of x. */
  batchNormBackwardParameters(
    operands: Operation<'batchNormBackwardParameters'>['inputs'],
    epsilon: number,
    out: Operation<'batchNormBackwardParameters'>['outputs'],
  ): void {
    const { x, dy, ...perChannel } = operands;
    expectShape(dy.shape, x.shape, 'batchNormBackwardParameters: dy');
    expectChannels(x, { ...perChannel, ...out }, 'batchNormBackwardParameters');
    const kind = 'batchNormBackwardParameters';
    this.emit({ kind, inputs: operands, outputs: out, constants: { epsilon } });
  }

  /** dx of `batchNorm` where `mean` and `variance` are those of x, which x acts through, too. */
  batchNormBackwardInput(operands: Operation<'batchNormBackwardInput'>['inputs'], epsilon: number): Tensor {
    const { x, dy, ...perChannel } = operands;
    expectShape(dy.shape, x.shape, 'batchNormBackwardInput: dy');
    expectChannels(x, perChannel, 'batchNormBackwardInput');
    const dx = this.output(x.dtype, x.shape);
    this.emit({ kind: 'batchNormBackwardInput', inputs: operands, outputs: { dx }, constants: { epsilon } });
    return dx;
  }

  /** probabilities [n, c]: exp(logits) normalised in each row. */
  softmax(logits: Tensor): Tensor {
    expectRank(logits.shape, 2, 'softmax: logits');
    const probabilities = this.output(logits.dtype, logits.shape);
    this.emit({ kind: 'softmax', inputs: { logits }, outputs: { probabilities }, constants: {} });
    return probabilities;
  }

  /**
   * losses [n] = −Σⱼ qⱼ·log softmax(logits)ⱼ for each row, and the probabilities [n, c]. The targets q are 1 at
   * the label and 0 elsewhere; label smoothing α makes them (1 − α)·q + α/c.
   */
  softmaxCrossEntropy(
    logits: Tensor,
    labels: Tensor<'int32'>,
    labelSmoothing = 0,
  ): { readonly losses: Tensor; readonly probabilities: Tensor } {
    expectRank(logits.shape, 2, 'softmaxCrossEntropy: logits');
    expectShape(labels.shape, logits.shape.slice(0, 1), 'softmaxCrossEntropy: labels');
    const losses = this.output(logits.dtype, labels.shape);
    const probabilities = this.output(logits.dtype, logits.shape);
    const outputs = { losses, probabilities };
    const constants = { labelSmoothing };
    this.emit({ kind: 'softmaxCrossEntropy', inputs: { logits, labels }, outputs, constants });
    return outputs;
  }

  /** dLogits [n, c] = (probabilities − targets) / n: the gradient of the mean loss of the batch. */
  softmaxCrossEntropyBackward(probabilities: Tensor, labels: Tensor<'int32'>, labelSmoothing = 0): Tensor {
    expectRank(probabilities.shape, 2, 'softmaxCrossEntropyBackward: probabilities');
    expectShape(labels.shape, probabilities.shape.slice(0, 1), 'softmaxCrossEntropyBackward: labels');
    const dLogits = this.output(probabilities.dtype, probabilities.shape);
    const inputs = { probabilities, labels };
    const constants = { labelSmoothing };
    this.emit({ kind: 'softmaxCrossEntropyBackward', inputs, outputs: { dLogits }, constants });
    return dLogits;
  }

  /**
   * losses = f(prediction, target), element by element, for a loss of element-loss.ts.
   *
   * @param parameter The parameter of a loss that has one, above 0.
   */
  elementLoss(predictions: Tensor, targets: Tensor, loss: ElementLossName, parameter = 0): Tensor {
    expectShape(targets.shape, predictions.shape, `${loss}Loss: targets`);
    const losses = this.output(predictions.dtype, predictions.shape);
    const constants = { loss, parameter };
    this.emit({ kind: 'elementLoss', inputs: { predictions, targets }, outputs: { losses }, constants });
    return losses;
  }

  /** dPredictions = f′(prediction, target) / size: the gradient of the mean of all losses. */
  elementLossBackward(predictions: Tensor, targets: Tensor, loss: ElementLossName, parameter = 0): Tensor {
    expectShape(targets.shape, predictions.shape, `${loss}LossBackward: targets`);
    const dPredictions = this.output(predictions.dtype, predictions.shape);
    const inputs = { predictions, targets };
    const constants = { loss, parameter };
    this.emit({ kind: 'elementLossBackward', inputs, outputs: { dPredictions }, constants });
    return dPredictions;
  }

  /** y [n]: the column of the largest element in each row of x [n, c]; the first of equals. */
  argmax(x: Tensor): Tensor<'int32'> {
    expectRank(x.shape, 2, 'argmax: x');
    const y = this.output('int32', x.shape.slice(0, 1));
    this.emit({ kind: 'argmax', inputs: { x }, outputs: { y }, constants: {} });
    return y;
  }

  /** count [1]: the number of positions where a and b agree. */
  countEqual(a: Tensor<'int32'>, b: Tensor<'int32'>): Tensor {
    expectShape(b.shape, a.shape, 'countEqual: second operand');
    const count: Tensor = this.output('float32', [1]);
    this.emit({ kind: 'countEqual', inputs: { a, b }, outputs: { count }, constants: {} });
    return count;
  }

  /** One step of gradient descent on `weight`, in place; see optim/sgd.ts. */
  sgdUpdate(operands: Operation<'sgdUpdate'>['inputs'], constants: SgdConstants): void {
    const { weight, gradient, velocity, coefficients } = operands;
    expectShape(gradient.shape, weight.shape, 'sgdUpdate: gradient');
    expectShape(velocity.shape, weight.shape, 'sgdUpdate: velocity');
    expectShape(coefficients.shape, [2], 'sgdUpdate: coefficients');
    this.emit({ kind: 'sgdUpdate', inputs: operands, outputs: { weight, velocity }, constants });
  }

  /** One step of Adam on `weight`, in place; see optim/adam.ts. */
  adamUpdate(operands: Operation<'adamUpdate'>['inputs'], constants: AdamConstants): void {
    const { weight, gradient, m, v, coefficients } = operands;
    expectShape(gradient.shape, weight.shape, 'adamUpdate: gradient');
    expectShape(m.shape, weight.shape, 'adamUpdate: m');
    expectShape(v.shape, weight.shape, 'adamUpdate: v');
    expectShape(coefficients.shape, [2], 'adamUpdate: coefficients');
    this.emit({ kind: 'adamUpdate', inputs: operands, outputs: { weight, m, v }, constants });
  }

  #outputOr(out: Tensor | undefined, dtype: FloatType, shape: Shape, what: string): Tensor {
    if (out === undefined) return this.output<FloatType>(dtype, shape);
    expectShape(out.shape, shape, what);
    return out;
  }
}

/** How a window walks over images: by one pixel and inside the image, if left out. */
export interface WindowOptions {
  readonly stride?: readonly [number, number];
  readonly padding?: Padding;
}

/** The windows of a filter or pool [height, width, …] on images [n, h, w, c]. */
function geometry(images: Shape, window: Shape, options: WindowOptions, what: string): WindowGeometry {
  const { stride = [1, 1], padding = 'valid' } = options;
  return windowGeometry(images.slice(1, 3), window.slice(0, 2), stride, padding, what);
}

/** [c] for x [n, …, c]. */
function channelsOf(x: Tensor, what: string): Shape {
  if (x.shape.length < 2) {
    throw new ShapeError(`${what}: x: expected at least 2 dimensions, got ${formatShape(x.shape)}`);
  }
  return x.shape.slice(-1);
}

function expectChannels(x: Tensor, perChannel: Readonly<Record<string, Tensor>>, what: string): void {
  const channels = channelsOf(x, what);
  for (const [name, { shape }] of Object.entries(perChannel)) {
    expectShape(shape, channels, `${what}: ${name} for x ${formatShape(x.shape)}`);
  }
}

/** The shape of a product; throws where the inner sizes differ. */
export function matmulShape(a: Tensor, b: Tensor, { transposeA, transposeB }: MatmulForm): Shape {
  expectRank(a.shape, 2, 'matmul: A');
  expectRank(b.shape, 2, 'matmul: B');
  const [m, k] = transposeA ? [a.shape[1]!, a.shape[0]!] : [a.shape[0]!, a.shape[1]!];
  const [kB, n] = transposeB ? [b.shape[1]!, b.shape[0]!] : [b.shape[0]!, b.shape[1]!];
  if (k !== kB) {
    throw new ShapeError(
      `matmul: inner sizes differ: ${describeInner('A', a.shape, transposeA, k)}, ` +
        describeInner('B', b.shape, transposeB, kB),
    );
  }
  return [m, n];
}

function describeInner(name: string, shape: Shape, transposed: boolean, k: number): string {
  return `${name} ${formatShape(shape)}${transposed ? ' transposed' : ''} has k=${k}`;
}
