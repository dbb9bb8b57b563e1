/** The library for any host, a web page or Node: networks, their training, and every engine. It reads no files. */
export { Augmentation, type AugmentOptions } from './data/augment.ts';
export { batches, shuffled, splitValidation, type Split } from './data/batches.ts';
export {
  type Dataset,
  type ImageDataset,
  limitTraining,
  type PartName,
  type PictureFormat,
} from './data/dataset.ts';
export { type Examples, exampleShape, type LabelledImages } from './data/examples.ts';
export { fashionMnistClasses } from './data/fashion-mnist-classes.ts';
export type { NestedNumbers, NumberArray, Numbers, ShapedNumbers } from './data/numbers/numbers.ts';
export { oneHot } from './data/one-hot.ts';
export { type Picture, type Pixels, pixelsOf } from './data/pictures/pixels.ts';
export { prepareImage, type PrepareOptions } from './data/pictures/prepare-image.ts';
export type { Inversion, PreparationStep, PreparedImage } from './data/pictures/prepared-image.ts';
export { encodeShards } from './data/shards/encode-shards.ts';
export type { Manifest, Shard } from './data/shards/manifest.ts';
export { fitImage, type ImageSize, scaleImage } from './data/pictures/scale-image.ts';
export { averagePool2d, type AveragePool2dOptions, globalAveragePool } from './layers/average-pool.ts';
export { batchNorm, type BatchNormOptions } from './layers/batch-norm.ts';
export { binaryCrossEntropy } from './layers/binary-cross-entropy.ts';
export { conv2d, type Conv2dOptions } from './layers/conv2d.ts';
export { dense, type DenseOptions } from './layers/dense.ts';
export { dropout } from './layers/dropout.ts';
export { elu, type EluOptions } from './layers/elu.ts';
export { flatten } from './layers/flatten.ts';
export { gelu } from './layers/gelu.ts';
export { huber, type HuberOptions } from './layers/huber.ts';
export { glorotUniform, heNormal, type Initializer } from './layers/initializers.ts';
export type {
  BuildContext,
  Layer,
  LayerDescription,
  LayerSpec,
  LayerStatistics,
  Mode,
  Statistics,
} from './layers/layer.ts';
export { leakyRelu, type LeakyReluOptions } from './layers/leaky-relu.ts';
export type {
  Loss,
  LossDescription,
  LossName,
  LossOptions,
  LossSpec,
  MetricName,
  Targets,
} from './layers/loss.ts';
export { maxPool2d, type MaxPool2dOptions } from './layers/max-pool.ts';
export { meanAbsoluteError } from './layers/mean-absolute-error.ts';
export { meanSquaredError } from './layers/mean-squared-error.ts';
export { relu } from './layers/relu.ts';
export { residual } from './layers/residual.ts';
export { sequential, type Sequential, type SequentialOptions } from './layers/sequential.ts';
export { sigmoid } from './layers/sigmoid.ts';
export { silu } from './layers/silu.ts';
export { standardize } from './layers/standardize.ts';
export { tanh } from './layers/tanh.ts';
export { unstandardize } from './layers/unstandardize.ts';
export { softmaxCrossEntropy, SoftmaxCrossEntropy } from './layers/softmax-cross-entropy.ts';
export { buildModel, type ModelOptions } from './model/build-model.ts';
export { ModelError } from './model/layer-list.ts';
export { encodeNetworkJson } from './model/network-json.ts';
export { encodeOnnx } from './model/onnx/encode-onnx.ts';
export { decodeModelJson, encodeModelJson } from './model/model-json.ts';
export { type PresetOptions, presets } from './model/presets.ts';
export {
  decodeSafetensors,
  decodeSafetensorsMetadata,
  encodeSafetensors,
  type NamedValues,
  WeightsError,
} from './model/safetensors.ts';
export { decodeModel, encodeModel } from './model/saved-model.ts';
export { countParameters, countState } from './model/parameter-count.ts';
export { type LayerCost, layerCosts } from './model/costs.ts';
export type { TrainedNetwork } from './model/trained-network.ts';
export { getWeights, readWeights, setWeights, writeWeights } from './model/weights.ts';
export { adam, type AdamOptions } from './optim/adam.ts';
export type { Optimizer, WeightDecay } from './optim/optimizer.ts';
export { constant, cosine, oneCycle, type Schedule, stepDecay } from './optim/schedules.ts';
export { sgd, type SgdOptions } from './optim/sgd.ts';
export { EqualAverage, ExponentialAverage, type WeightAverage } from './optim/weight-average.ts';
export type { Engine, Executable } from './engine/engine.ts';
export { createEngine, EngineError, type EngineName } from './engine/create-engine.ts';
export { matmul, type MatmulOptions, type Matrix } from './engine/matmul.ts';
export type { ElementLossName } from './tensor/element-loss.ts';
export type { ElementwiseName } from './tensor/elementwise.ts';
export type { Operation, OperationKind, Operations } from './tensor/operation.ts';
export { Ops } from './tensor/ops.ts';
export type { Parameter } from './tensor/parameter.ts';
export { Program } from './tensor/program.ts';
export { RandomStream } from './tensor/random.ts';
export { Recorder } from './tensor/recorder.ts';
export { EagerOps } from './tensor/reference/eager.ts';
export { ReferenceEngine } from './engine/reference-engine.ts';
export { type Shape, ShapeError } from './tensor/shape.ts';
export { type ArrayOf, type DataType, type FloatType, Storage, Tensor } from './tensor/tensor.ts';
export type { Fill } from './tensor/warp.ts';
export { balancedClassWeights } from './train/class-weights.ts';
export { DivergenceError } from './train/divergence.ts';
export { evaluate, type EvaluateOptions } from './train/evaluate.ts';
export { type Evaluation, Evaluator, type EvaluatorOptions, type Predictions } from './train/evaluator.ts';
export { fit } from './train/fit.ts';
export type { FitOptions } from './train/fit-options.ts';
export { bestEpoch, type EpochResult, type Metrics } from './train/history.ts';
export {
  findLearningRate,
  type LearningRateFinderOptions,
  type LearningRateFinding,
  type LearningRateRange,
} from './train/learning-rate-finder.ts';
export { type ClassReport, classReports, confusionMatrix } from './train/metrics.ts';
export { predict, type PredictOptions } from './train/predict.ts';
export { type LearningRatePoint, suggestLearningRate } from './train/suggest-learning-rate.ts';
export { trainEpochs } from './train/train-epochs.ts';
export { r2Score } from './train/number-metrics.ts';
export type { TargetNumbers } from './train/targets.ts';
export type { TrainingData } from './train/training-data.ts';
export type { BatchProgress, ResumeOptions, TrainingOptions } from './train/training-options.ts';
export type { TrainingState } from './train/training-state.ts';
export type { TrainingInputs } from './train/training-step.ts';
export { type Totals, TrainingSteps } from './train/training-steps.ts';
export type { EngineOption } from './train/with-engine.ts';
export { version } from './version.ts';

// what the signatures above name besides
export { engineNames, type EngineOptions } from './engine/create-engine.ts';
export { inversions } from './data/pictures/prepared-image.ts';
export type { GpuBackend } from './engine/gpu/gpu-js.ts';
export type { Preparation, PreparationOptions } from './engine/preparation.ts';
export type { MakeTensor } from './layers/layer.ts';
export type { Size } from './layers/options.ts';
export type {
  AdamConstants,
  ClipConstants,
  CrossEntropyConstants,
  DropoutConstants,
  ElementLossConstants,
  ElementwiseConstants,
  MatmulForm,
  NormConstants,
  OperationShape,
  PoolConstants,
  SgdConstants,
} from './tensor/operation.ts';
export type { WindowOptions } from './tensor/ops.ts';
export type { UseSpan } from './tensor/program.ts';
export type { FloatArray } from './tensor/tensor.ts';
export type { Padding, WindowConstants } from './tensor/window.ts';
export type { EvaluationOptions } from './train/evaluator.ts';
export type { PartialEpoch } from './train/training-state.ts';
export type { FirstSteps } from './train/training-steps.ts';
