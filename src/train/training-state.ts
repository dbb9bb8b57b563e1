import type { Sequential } from '../layers/sequential.ts';
import type { NamedValues } from '../model/safetensors.ts';
import { checkTensors, readTensors, readWeights, writeWeights } from '../model/weights.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import type { WeightAverage } from '../optim/weight-average.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Engine } from '../engine/engine.ts';
import type { EpochResult } from './history.ts';
import { noTotals, type Totals } from './training-steps.ts';

/**
 * Everything that a run needs to continue after any of its steps as if it had never stopped. Random numbers are not part
 * of it: the order of the images, dropout and augmentation are functions of the seed, the epoch and the step.
 */
export interface TrainingState {
  /** Steps done, over all epochs. */
  readonly step: number;
  /** The finished epochs, validation included. */
  readonly history: readonly EpochResult[];
  /** The totals of an epoch that is not finished; zeros where one has just ended. */
  readonly partial: PartialEpoch;
  /** Parameters and the layers' own state, by name. */
  readonly weights: ReadonlyMap<string, NamedValues>;
  /** The tensors that the optimizer, and an average of the weights, keep for each parameter, by name. */
  readonly optimizer: ReadonlyMap<string, NamedValues>;
  /** What the run results in so far, where that is not the weights themselves but their average. */
  readonly result?: ReadonlyMap<string, NamedValues>;
}

export interface PartialEpoch extends Totals {
  /** Time spent on training. */
  readonly seconds: number;
}

export const noPartialEpoch: PartialEpoch = { ...noTotals, seconds: 0 };

/** What is trained, and what is kept for it from step to step. */
export interface Trained {
  readonly model: Sequential;
  readonly optimizer: Optimizer;
  readonly average?: WeightAverage | undefined;
}

function keptTensors({ optimizer, average }: Trained): ReadonlyMap<string, Tensor> {
  return new Map([...optimizer.state, ...(average?.tensors ?? [])]);
}

/** Weights and optimizer state as an engine has them now. */
export async function readState(
  trained: Trained,
  engine: Engine,
): Promise<Pick<TrainingState, 'weights' | 'optimizer'>> {
  return {
    weights: await readWeights(trained.model, engine),
    optimizer: await readTensors(keptTensors(trained).values(), engine),
  };
}

/**
 * Puts weights and optimizer state back. The optimizer's tensors must exist: they do once a step was recorded.
 *
 * @throws WeightsError unless the names and shapes are those of this network and this optimizer
 */
export function writeState(
  trained: Trained,
  engine: Engine,
  { weights, optimizer: state, step }: TrainingState,
): void {
  const source = 'state of training';
  const kept = keptTensors(trained);
  checkTensors([...kept.values()], state, source, `the optimizer ${trained.optimizer.name}`);
  writeWeights(trained.model, engine, weights, source);
  for (const [name, tensor] of kept) engine.write(tensor, state.get(name)!.values);
  // a run that goes on for more epochs begins its average later: what was summed up before has no part in it
  const { average } = trained;
  if (!average || step >= average.firstStep) return;
  for (const tensor of average.tensors.values()) engine.write(tensor, new Float32Array(tensor.size));
}

/** Whether an epoch has just ended, so that the weights are those of the last of the history. */
export function isBetweenEpochs({ partial }: TrainingState): boolean {
  return partial.seconds === 0;
}
