/**
 * The engine's whole vocabulary, as data: an operation is its kind, its input and output tensors and its
 * constants. What each computes is defined by the reference in reference/; its shapes by ops.ts.
 */
import type { ElementLossName } from './element-loss.ts';
import type { ElementwiseName } from './elementwise.ts';
import type { DataType, Tensor } from './tensor.ts';
import type { Fill } from './warp.ts';
import type { WindowConstants } from './window.ts';

type Floats = Tensor;
type Integers = Tensor<'int32'>;
type Bytes = Tensor<'uint8'>;

type Named = Readonly<Record<string, Tensor<DataType>>>;

export interface OperationShape<Inputs extends Named, Outputs extends Named, Constants = object> {
  readonly inputs: Readonly<Inputs>;
  readonly outputs: Readonly<Outputs>;
  readonly constants: Readonly<Constants>;
}

/** What batch normalization normalizes, and by what. */
type BatchStatistics = { x: Floats; mean: Floats; variance: Floats };

/** Every operation. One that works in place names the same tensor among its inputs and its outputs. */
export interface Operations {
  gatherImages: OperationShape<{ images: Bytes; indices: Integers }, { y: Floats }, { scale: number }>;
  warpImages: OperationShape<{ images: Floats; transforms: Floats }, { y: Floats }, { fill: Fill }>;
  gatherLabels: OperationShape<{ labels: Bytes; indices: Integers }, { y: Integers }>;
  gatherRows: OperationShape<{ x: Floats; indices: Integers }, { y: Floats }>;
  matmul: OperationShape<{ a: Floats; b: Floats }, { c: Floats }, MatmulForm>;
  addBias: OperationShape<{ x: Floats; bias: Floats }, { y: Floats }>;
  elementwise: OperationShape<{ x: Floats }, { y: Floats }, ElementwiseConstants>;
  elementwiseBackward: OperationShape<{ kept: Floats; dy: Floats }, { dx: Floats }, ElementwiseConstants>;
  multiply: OperationShape<{ a: Floats; b: Floats }, { y: Floats }>;
  add: OperationShape<{ a: Floats; b: Floats }, { y: Floats }>;
  addScaled: OperationShape<{ target: Floats; x: Floats }, { target: Floats }, { scale: number }>;
  clipByNorm: OperationShape<{ target: Floats; squares: Floats }, { target: Floats }, ClipConstants>;
  weightByClass: OperationShape<{ x: Floats; labels: Integers; weights: Floats }, { y: Floats }>;
  sumRows: OperationShape<{ x: Floats }, { y: Floats }>;
  mean: OperationShape<{ x: Floats }, { y: Floats }>;
  sumSquares: OperationShape<{ x: Floats }, { y: Floats }, { scale: number }>;
  dropoutMask: OperationShape<{ step: Integers }, { mask: Floats }, DropoutConstants>;
  conv2d: OperationShape<{ x: Floats; filter: Floats }, { y: Floats }, WindowConstants>;
  conv2dBackwardInput: OperationShape<{ dy: Floats; filter: Floats }, { dx: Floats }, WindowConstants>;
  conv2dBackwardFilter: OperationShape<{ x: Floats; dy: Floats }, { dFilter: Floats }, WindowConstants>;
  maxPool2d: OperationShape<{ x: Floats }, { y: Floats; argmax: Integers }, PoolConstants>;
  maxPool2dBackward: OperationShape<{ dy: Floats; argmax: Integers }, { dx: Floats }, PoolConstants>;
  averagePool2d: OperationShape<{ x: Floats }, { y: Floats }, PoolConstants>;
  averagePool2dBackward: OperationShape<{ dy: Floats }, { dx: Floats }, PoolConstants>;
  batchMoments: OperationShape<{ x: Floats }, { mean: Floats; variance: Floats }>;
  updateAverage: OperationShape<{ average: Floats; x: Floats }, { average: Floats }, { momentum: number }>;
  batchNorm: OperationShape<BatchStatistics & { gamma: Floats; beta: Floats }, { y: Floats }, NormConstants>;
  batchNormBackwardParameters: OperationShape<
    BatchStatistics & { dy: Floats },
    { dGamma: Floats; dBeta: Floats },
    NormConstants
  >;
  batchNormBackwardInput: OperationShape<
    BatchStatistics & { dy: Floats; gamma: Floats; dGamma: Floats; dBeta: Floats },
    { dx: Floats },
    NormConstants
  >;
  softmax: OperationShape<{ logits: Floats }, { probabilities: Floats }>;
  softmaxCrossEntropy: OperationShape<
    { logits: Floats; labels: Integers },
    { losses: Floats; probabilities: Floats },
    CrossEntropyConstants
  >;
  softmaxCrossEntropyBackward: OperationShape<
    { probabilities: Floats; labels: Integers },
    { dLogits: Floats },
    CrossEntropyConstants
  >;
  elementLoss: OperationShape<
    { predictions: Floats; targets: Floats },
    { losses: Floats },
    ElementLossConstants
  >;
  elementLossBackward: OperationShape<
    { predictions: Floats; targets: Floats },
    { dPredictions: Floats },
    ElementLossConstants
  >;
  argmax: OperationShape<{ x: Floats }, { y: Integers }>;
  countEqual: OperationShape<{ a: Integers; b: Integers }, { count: Floats }>;
  sgdUpdate: OperationShape<
    { weight: Floats; gradient: Floats; velocity: Floats; coefficients: Floats },
    { weight: Floats; velocity: Floats },
    SgdConstants
  >;
  adamUpdate: OperationShape<
    { weight: Floats; gradient: Floats; m: Floats; v: Floats; coefficients: Floats },
    { weight: Floats; m: Floats; v: Floats },
    AdamConstants
  >;
}

export interface ElementwiseConstants {
  /** Which of the functions of elementwise.ts. */
  readonly function: ElementwiseName;
  /** The function's parameter (elementwise.ts says which have one); 0 for functions without one. */
  readonly parameter: number;
}

export interface ElementLossConstants {
  /** Which of the losses of element-loss.ts. */
  readonly loss: ElementLossName;
  /** The loss's parameter (element-loss.ts says which have one); 0 for losses without one. */
  readonly parameter: number;
}

/** Which operands are stored transposed: A as [k, m], B as [n, k]. */
export interface MatmulForm {
  transposeA: boolean;
  transposeB: boolean;
}

export interface PoolConstants extends WindowConstants {
  height: number;
  width: number;
}

export interface NormConstants {
  /** ε > 0, added to the variance: a channel that is constant does not divide by zero. */
  epsilon: number;
}

export interface DropoutConstants {
  /** Probability that an element is dropped, in [0, 1). */
  rate: number;
  /** Key of the random numbers: the run's seed and the stream of this layer. */
  seed: number;
  stream: number;
}

export interface ClipConstants {
  /** The norm, above 0, that is not exceeded. */
  limit: number;
}

export interface CrossEntropyConstants {
  /** α in [0, 1): the share of each target that is spread evenly over all classes. */
  labelSmoothing: number;
}

export interface DecayConstants {
  /** Whether the second coefficient, the share δ of decoupled weight decay, applies to this weight. */
  decoupledDecay: boolean;
}

export interface SgdConstants extends DecayConstants {
  momentum: number;
  nesterov: boolean;
}

export interface AdamConstants extends DecayConstants {
  beta1: number;
  beta2: number;
  epsilon: number;
}

export type OperationKind = keyof Operations;

/** One operation of kind K; without K, any of them, told apart by `kind`. */
export type Operation<K extends OperationKind = OperationKind> = {
  [P in K]: { readonly kind: P } & Operations[P];
}[K];

/** An optimizer's change of a weight by its gradient. */
export type UpdateOperation = Operation<'sgdUpdate' | 'adamUpdate'>;

export function isUpdate(operation: Operation | undefined): operation is UpdateOperation {
  return operation?.kind === 'sgdUpdate' || operation?.kind === 'adamUpdate';
}

/** What an engine must supply for every kind of operation; a missing one does not compile. */
export type OperationTable<Result> = { readonly [K in OperationKind]: (operation: Operation<K>) => Result };

/**
 * The entry of a table that an engine keeps, one for each operation or function.
 *
 * @param engine The engine's name, for the error.
 * @throws Error naming the engine and the operation, where there is no such entry: the types rule that out only in
 *   code that is type-checked.
 */
export function entryOf<T extends object, K extends keyof T>(table: T, name: K, engine: string): T[K] {
  if (!Object.hasOwn(table, name)) throw new Error(`the ${engine} engine has no operation ${String(name)}`);
  return table[name];
}

/** What a person calls an operation: its kind, or its function where it has one: `relu`, `squaredLoss`. */
export function nameOf(operation: Operation): string {
  if (operation.kind === 'elementwise') return operation.constants.function;
  if (operation.kind === 'elementwiseBackward') return `${operation.constants.function}Backward`;
  if (operation.kind === 'elementLoss') return `${operation.constants.loss}Loss`;
  if (operation.kind === 'elementLossBackward') return `${operation.constants.loss}LossBackward`;
  return operation.kind;
}

/** All inputs of an operation, whatever its kind. */
export function inputsOf(operation: Operation): readonly Tensor<DataType>[] {
  return Object.values<Tensor<DataType>>(operation.inputs);
}

/** All outputs of an operation, whatever its kind. */
export function outputsOf(operation: Operation): readonly Tensor<DataType>[] {
  return Object.values<Tensor<DataType>>(operation.outputs);
}
