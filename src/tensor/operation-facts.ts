/**
 * What is true of each operation, whichever engine computes it: one row for each kind. A missing row does not compile.
 */
import type {
  ElementLossConstants,
  ElementwiseConstants,
  Operation,
  OperationKind,
  Operations,
} from './operation.ts';
import type { DataType, Tensor } from './tensor.ts';

interface OperationFacts<K extends OperationKind> {
  /**
   * Multiplications and additions, counted as the definition of a product or a convolution makes them, however a kernel
   * saves work: every tap of every window counts, also those on the zeros around an image. 0 for all other operations,
   * whose time is that of moving data.
   */
  readonly flops: (operation: Operation<K>) => number;
  /**
   * What rounding is proportional to, when results are compared: the sum of the sizes of the terms that a result adds
   * up ('terms'), or the largest value of the result ('largest'). 'terms' holds for operations that add products of
   * their inputs, or pass them on: they give this sum when they are computed with the absolute values of their inputs.
   * Where all terms cancel, as in the gradient of a bias before batch normalization, the largest value says nothing.
   * `near`: the largest value, but at least this number, or the largest value of this input. A result near 0 then comes
   * from larger numbers, as log(1 + tiny) does from one near 1.
   */
  readonly rounding: Rounding<K> | ((operation: Operation<K>) => Rounding<K>);
  /**
   * Whether each image, an index of the first dimension, is computed from the same image of the inputs alone: the
   * inputs that all images share; `null` if images depend on each other or on how many there are.
   */
  readonly byImage: SharedInputs<K> | ((operation: Operation<K>) => SharedInputs<K>);
  /**
   * The same for each channel, an index of the last dimension, of operations that images are not computed by: the inputs
   * that all channels share. Left out where channels depend on each other.
   */
  readonly byChannel?: SharedInputs<K>;
}

type Rounding<K extends OperationKind> =
  'terms' | 'largest' | { readonly near: number | keyof Operations[K]['inputs'] };

type SharedInputs<K extends OperationKind> = readonly (keyof Operations[K]['inputs'])[] | null;

const none = (): number => 0;

const operationFacts: { readonly [K in OperationKind]: OperationFacts<K> } = {
  gatherImages: { flops: none, rounding: 'largest', byImage: ['images'] },
  warpImages: { flops: none, rounding: 'largest', byImage: [] },
  gatherLabels: { flops: none, rounding: 'largest', byImage: ['labels'] },
  gatherRows: { flops: none, rounding: 'largest', byImage: ['x'] },
  // rows of A are images only if A is not transposed
  matmul: {
    flops: matmulFlops,
    rounding: 'terms',
    byImage: ({ constants }) => (constants.transposeA ? null : ['b']),
  },
  addBias: { flops: none, rounding: 'terms', byImage: ['bias'] },
  elementwise: {
    flops: none,
    rounding: ({ constants }) => functionRounding(constants, 1),
    byImage: [],
  },
  elementwiseBackward: {
    flops: none,
    rounding: ({ constants }) => functionRounding(constants, 'dy'),
    byImage: [],
  },
  multiply: { flops: none, rounding: 'largest', byImage: [] },
  add: { flops: none, rounding: 'largest', byImage: [] },
  addScaled: { flops: none, rounding: 'largest', byImage: [] },
  clipByNorm: { flops: none, rounding: 'largest', byImage: ['squares'] },
  weightByClass: { flops: none, rounding: 'largest', byImage: ['weights'] },
  sumRows: { flops: none, rounding: 'terms', byImage: null, byChannel: [] },
  mean: { flops: none, rounding: 'largest', byImage: null },
  sumSquares: { flops: none, rounding: 'largest', byImage: null },
  // the random numbers are counted through the whole batch
  dropoutMask: { flops: none, rounding: 'largest', byImage: null },
  conv2d: { flops: conv2dFlops, rounding: 'terms', byImage: ['filter'] },
  conv2dBackwardInput: { flops: conv2dBackwardInputFlops, rounding: 'terms', byImage: ['filter'] },
  conv2dBackwardFilter: {
    flops: conv2dBackwardFilterFlops,
    rounding: 'terms',
    byImage: null,
    byChannel: ['x'],
  },
  maxPool2d: { flops: none, rounding: 'largest', byImage: [] },
  maxPool2dBackward: { flops: none, rounding: 'terms', byImage: [], byChannel: [] },
  averagePool2d: { flops: none, rounding: 'largest', byImage: [] },
  averagePool2dBackward: { flops: none, rounding: 'largest', byImage: [] },
  batchMoments: { flops: none, rounding: 'largest', byImage: null, byChannel: [] },
  updateAverage: { flops: none, rounding: 'largest', byImage: [] },
  batchNorm: { flops: none, rounding: 'largest', byImage: ['mean', 'variance', 'gamma', 'beta'] },
  batchNormBackwardParameters: { flops: none, rounding: 'largest', byImage: null, byChannel: [] },
  batchNormBackwardInput: { flops: none, rounding: 'largest', byImage: null, byChannel: [] },
  softmax: { flops: none, rounding: 'largest', byImage: [] },
  softmaxCrossEntropy: { flops: none, rounding: { near: 1 }, byImage: [] },
  // divides by the number of examples
  softmaxCrossEntropyBackward: { flops: none, rounding: 'largest', byImage: null },
  elementLoss: { flops: none, rounding: ({ constants }) => lossRounding(constants, 1), byImage: [] },
  // divides by the number of elements
  elementLossBackward: {
    flops: none,
    rounding: ({ constants, outputs }) => lossRounding(constants, 1 / outputs.dPredictions.size),
    byImage: null,
  },
  argmax: { flops: none, rounding: 'largest', byImage: [] },
  countEqual: { flops: none, rounding: 'largest', byImage: null },
  sgdUpdate: { flops: none, rounding: 'largest', byImage: ['coefficients'] },
  adamUpdate: { flops: none, rounding: 'largest', byImage: ['coefficients'] },
};

/** Multiplications and additions of a product or a convolution; 0 for all other operations. */
export function flopsOf(operation: Operation): number {
  return factsOf(operation).flops(operation);
}

/** Whether rounding is proportional to the terms that are added up, not only to the largest result. */
export function roundsWithTerms(operation: Operation): boolean {
  return roundingOf(operation) === 'terms';
}

/** A number or an input whose size rounding is proportional to, even if the results are smaller; null if there is none. */
export function roundsNear(operation: Operation): number | Tensor<DataType> | null {
  const rounding = roundingOf(operation);
  if (typeof rounding === 'string') return null;
  const { near } = rounding;
  return typeof near === 'number' ? near : operation.inputs[near];
}

function roundingOf<K extends OperationKind>(operation: Operation<K>): Rounding<K> {
  const { rounding } = factsOf(operation);
  return typeof rounding === 'function' ? rounding(operation) : rounding;
}

/** The names of the inputs that all images share; null if an image cannot be computed by itself. */
export function sharedByImages(operation: Operation): readonly string[] | null {
  const { byImage } = factsOf(operation);
  return typeof byImage === 'function' ? byImage(operation) : byImage;
}

/** The names of the inputs that all channels share; null if a channel cannot be computed by itself, or need not be. */
export function sharedByChannels(operation: Operation): readonly string[] | null {
  return factsOf(operation).byChannel ?? null;
}

function factsOf<K extends OperationKind>({ kind }: Operation<K>): OperationFacts<K> {
  return operationFacts[kind];
}

function matmulFlops({ inputs: { a }, outputs: { c } }: Operation<'matmul'>): number {
  const k = a.size / c.shape[0]!;
  return 2 * c.size * k;
}

function conv2dFlops({ inputs, outputs }: Operation<'conv2d'>): number {
  return convolutionFlops(inputs.filter, outputs.y);
}

function conv2dBackwardInputFlops({ inputs }: Operation<'conv2dBackwardInput'>): number {
  return convolutionFlops(inputs.filter, inputs.dy);
}

function conv2dBackwardFilterFlops({ inputs, outputs }: Operation<'conv2dBackwardFilter'>): number {
  return convolutionFlops(outputs.dFilter, inputs.dy);
}

/** All three pair each pixel of y (or dy) with the filter once: y [n, oh, ow, out], filter [kh, kw, in, out]. */
function convolutionFlops(filter: Tensor, y: Tensor): number {
  const pixels = y.size / y.shape[3]!;
  return 2 * pixels * filter.size;
}

/** ReLU passes its input on or gives 0; functions with eˣ subtract it from 1, or 1 from it. */
function functionRounding<Near>(
  constants: ElementwiseConstants,
  near: Near,
): 'terms' | 'largest' | { readonly near: Near } {
  if (constants.function === 'relu') return 'terms';
  return constants.function === 'leakyRelu' ? 'largest' : { near };
}

/** Cross-entropy has logarithms of numbers near 1, and differences of probabilities; all others, one subtraction. */
function lossRounding({ loss }: ElementLossConstants, near: number): 'largest' | { readonly near: number } {
  return loss === 'binaryCrossEntropy' ? { near } : 'largest';
}
