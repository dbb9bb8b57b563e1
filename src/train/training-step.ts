import type { Augmentation } from '../data/augment.ts';
import type { Examples } from '../data/examples.ts';
import type { Sequential } from '../layers/sequential.ts';
import type { LossSpec } from '../layers/loss.ts';
import { clipGradients } from '../optim/clip.ts';
import { addL2Gradient, addL2Penalty } from '../optim/l2.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import type { WeightAverage } from '../optim/weight-average.ts';
import type { Program } from '../tensor/program.ts';
import { Recorder } from '../tensor/recorder.ts';
import { Tensor } from '../tensor/tensor.ts';
import { defaultLoss } from './default-loss.ts';
import { gatherInputs, gatherTargets } from './gather.ts';

/** What a run trains, on what, and how: the same for all of its steps. */
export interface TrainingInputs {
  readonly model: Sequential;
  readonly examples: Examples;
  readonly optimizer: Optimizer;
  /** What the network was trained with last, or softmax cross-entropy, if left out. */
  readonly loss?: LossSpec;
  /** λ of the L2 penalty; 0 for none. */
  readonly l2: number;
  /** α of the loss in training, in [0, 1); 0 by default. */
  readonly labelSmoothing?: number;
  /** float32 [classes]: weights of the loss in training; all 1 if left out. */
  readonly classWeights?: Tensor | undefined;
  /** Largest norm of all gradients together, those of the penalty included; no limit if left out. */
  readonly gradientClip?: number | undefined;
  /** Kept beside the weights; none if left out. */
  readonly average?: WeightAverage | undefined;
  /** Random changes of the training images; none if left out. */
  readonly augmentation?: Augmentation | undefined;
}

/** What counts from step to step. The steps of a run share these tensors, whatever the sizes of their batches. */
export interface StepCounters {
  /** int32 [1]: number of the step, from 1. */
  readonly step: Tensor<'int32'>;
  /** float32 [1]: sum over the epoch so far of batch size · loss of the batch. */
  readonly lossTotal: Tensor<'float32'>;
  /** float32 [1]: sum over the epoch so far of what the loss's metric averages, each example before its own step. */
  readonly metricTotal: Tensor<'float32'>;
}

/** Counters at 0. */
export function createCounters(): StepCounters {
  return {
    step: Tensor.zeros('int32', [1], 'step'),
    lossTotal: Tensor.zeros('float32', [1], 'loss total'),
    metricTotal: Tensor.zeros('float32', [1], 'metric total'),
  };
}

export interface StepTensors {
  /** float32 [n, 10]: how the augmentation changes each image of the batch; null to leave them as they are. */
  readonly transforms?: Tensor<'float32'> | null;
  /** New ones if left out. */
  readonly counters?: StepCounters;
}

export interface StepOptions extends StepTensors {
  /** Whether the step has a part in the average of the weights, if there is one; true if left out. */
  readonly averages?: boolean;
}

/**
 * Records one step of training on the batch `indices` [n]: gather, forward, loss, backward, update, totals.
 * This is the whole of how the network learns: an engine sees nothing but this list of operations.
 */
export function recordTrainingStep(
  inputs: TrainingInputs,
  indices: Tensor<'int32'>,
  { transforms = null, counters = createCounters(), averages = true }: StepOptions = {},
): Program {
  const { model, examples, optimizer, l2 } = inputs;
  const ops = new Recorder();
  const { labelSmoothing, classWeights } = inputs;
  const loss = (inputs.loss ?? defaultLoss(model)).build({ labelSmoothing, classWeights });

  const gathered = gatherInputs(ops, examples, indices);
  const x = transforms ? ops.warpImages(gathered, transforms, inputs.augmentation?.fill) : gathered;
  const targets = gatherTargets(ops, examples, indices);

  const outputs = model.forward(ops, x, { training: true, step: counters.step });
  const { loss: dataLoss } = loss.forward(ops, outputs, targets);

  model.backward(ops, loss.backward(ops));

  const penalised = l2 > 0 ? addL2Penalty(ops, dataLoss, model.parameters, l2) : dataLoss;
  if (l2 > 0) addL2Gradient(ops, model.parameters, l2);
  if (inputs.gradientClip !== undefined) clipGradients(ops, model.parameters, inputs.gradientClip);
  ops.addScaled(counters.lossTotal, penalised, indices.size);
  loss.addMetric(ops, counters.metricTotal);

  optimizer.record(ops, model.parameters);
  if (averages) inputs.average?.record(ops, model.parameters);
  const step = ops.finish(`training step, batch ${indices.size}`);
  // nobody reads the gradients: an engine may use them while they are in registers
  return step.withTemporaries(model.parameters.map(({ gradient }) => gradient));
}
