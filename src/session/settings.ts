import { Augmentation, type AugmentOptions } from '../data/augment.ts';
import { checkOptions, notNegative, type OptionRule, share } from '../check-options.ts';
import { adam } from '../optim/adam.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import { sgd } from '../optim/sgd.ts';
import type { Shape } from '../tensor/shape.ts';
import { fitRules } from '../train/fit-options.ts';

/** How a session trains. All of it may change while it runs. */
export interface Settings {
  readonly learningRate: number;
  /** Examples in one step. */
  readonly batchSize: number;
  readonly optimizer: 'adam' | 'sgd';
  /** Of sgd, in [0, 1). */
  readonly momentum: number;
  readonly weightDecay: number;
  /** λ of the L2 penalty. */
  readonly l2: number;
  /** In [0, 1). */
  readonly labelSmoothing: number;
  /** The rate of all dropout layers, in [0, 1); null for those that the network has. */
  readonly dropout: number | null;
  /** Random changes of the training images. */
  readonly augment: AugmentOptions;
}

/** Those of `npm run train`. */
export const defaultSettings: Settings = {
  learningRate: 0.001,
  batchSize: 64,
  optimizer: 'adam',
  momentum: 0,
  weightDecay: 0,
  l2: 0,
  labelSmoothing: 0,
  dropout: null,
  augment: {},
};

const rules: { readonly [Name in keyof Settings]: OptionRule } = {
  learningRate: fitRules.learningRate,
  batchSize: fitRules.batchSize,
  optimizer: {
    expected: "'adam' or 'sgd'",
    accepts: (value) => value === 'adam' || value === 'sgd',
  },
  momentum: share,
  weightDecay: notNegative,
  l2: fitRules.l2,
  labelSmoothing: fitRules.labelSmoothing,
  dropout: {
    expected: 'a number in [0, 1) or null',
    accepts: (value) => value === null || share.accepts(value),
  },
  augment: fitRules.augment,
};

/**
 * Settings with some of them changed.
 *
 * @param imageShape [height, width, channels], for which the augmentation must make sense
 * @throws TypeError or RangeError in one line for a setting that there is not, or a value that it cannot have
 */
export function changed(settings: Settings, changes: Partial<Settings>, imageShape: Shape): Settings {
  checkOptions('settings', changes, rules);
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  const result = { ...settings, ...Object.fromEntries(given) };
  void new Augmentation(result.augment, imageShape, 0);
  return result;
}

/** Whether two settings make the same programs, so that only numbers differ that each step is given. */
export function areOfOneProgram(a: Settings, b: Settings): boolean {
  const rest = (settings: Settings): string =>
    JSON.stringify({ ...settings, learningRate: null, batchSize: null }, (_key, value: unknown) =>
      sorted(value),
    );
  return rest(a) === rest(b);
}

export function areEqual(a: Settings, b: Settings): boolean {
  if (a === b) return true;
  return a.learningRate === b.learningRate && a.batchSize === b.batchSize && areOfOneProgram(a, b);
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

export function createOptimizer({ optimizer, momentum, weightDecay }: Settings): Optimizer {
  return optimizer === 'sgd' ? sgd({ momentum, weightDecay }) : adam({ weightDecay });
}
