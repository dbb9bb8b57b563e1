import {
  anyFunction,
  integerFrom0,
  notNegative,
  objectWith,
  type OptionRule,
  positive,
  positiveInteger,
  share,
} from '../check-options.ts';
import { engineRule, lossRule } from './option-rules.ts';
import type { TrainingOptions } from './training-options.ts';
import type { EngineOption } from './with-engine.ts';

/** All of `TrainingOptions` may be left out: 20 epochs, batches of 64, Adam, softmax cross-entropy, seed 1. */
export interface FitOptions extends Partial<TrainingOptions>, EngineOption {
  /** Share of the examples, from the end, that is kept for validation, in [0, 1); 0.2 by default. */
  readonly validationSplit?: number;
}

export const fitRules: { readonly [Name in keyof FitOptions]-?: OptionRule } = {
  epochs: positiveInteger,
  until: positiveInteger,
  batchSize: positiveInteger,
  optimizer: objectWith('an optimizer such as adam()', 'record', 'coefficientsAt'),
  loss: lossRule,
  learningRate: positive,
  schedule: anyFunction,
  l2: notNegative,
  labelSmoothing: share,
  classWeights: { expected: 'a list of numbers, one for each class', accepts: Array.isArray },
  gradientClip: positive,
  ema: share,
  swa: share,
  augment: objectWith('an object such as { flip: true }'),
  seed: integerFrom0,
  earlyStopping: positiveInteger,
  resume: objectWith('an object with a state', 'state'),
  signal: objectWith('an AbortSignal', 'aborted'),
  onBatch: anyFunction,
  onEpoch: anyFunction,
  onState: anyFunction,
  validationSplit: share,
  engine: engineRule,
};
