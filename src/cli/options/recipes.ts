import { presets } from '../../model/presets.ts';
import type { DataArguments } from './data-options.ts';
import type { TableArguments } from './table-options.ts';
import type { TrainArguments } from './train-arguments.ts';

/** Options that have no place in a recipe: they do not say how a network is trained. */
type RunOption =
  | keyof DataArguments
  | keyof TableArguments
  | 'preset'
  | 'limit'
  | 'seed'
  | 'engine'
  | 'threads'
  | 'revectorize'
  | 'out'
  | 'resume'
  | 'config'
  | 'until'
  | 'test'
  | 'report'
  | 'quiet'
  | 'json';

/** Values of options of `weft train`. The other options keep their defaults. */
export type Recipe = Partial<Omit<TrainArguments, RunOption>>;

/** The recipes of `--preset`, by name. The name of a network stands for that network and the defaults. */
export const recipes: Readonly<Record<string, Recipe>> = {
  ...Object.fromEntries(Object.keys(presets).map((model): [string, Recipe] => [model, { model }])),
  /** For tables, which mostly have few rows: more epochs, smaller batches. */
  table: { model: 'table', epochs: 100, 'batch-size': 32 },
  /** The best of two dozen recipes for dense networks that take ten seconds, by the accuracy on the validation images. */
  quick: {
    model: 'mlp-norm',
    dropout: 0.1,
    epochs: 15,
    'batch-size': 256,
    optimizer: 'adam',
    'learning-rate': 0.006,
    schedule: 'one-cycle',
    'weight-decay': 0.02,
    'label-smoothing': 0.05,
  },
  /** The best of a dozen recipes of 4 to 8 epochs, by the accuracy on the validation images. */
  fast: {
    model: 'cnn-norm',
    dropout: 0.3,
    epochs: 6,
    'batch-size': 64,
    optimizer: 'adam',
    'learning-rate': 0.003,
    schedule: 'one-cycle',
    'weight-decay': 0.02,
    'label-smoothing': 0.05,
  },
  /** The best of a few, by the accuracy on the validation images; then with more images for training and fewer of those. */
  best: {
    model: 'cnn-residual',
    'validation-split': 0.05,
    epochs: 22,
    'batch-size': 128,
    optimizer: 'adam',
    'learning-rate': 0.004,
    schedule: 'one-cycle',
    'weight-decay': 0.02,
    'label-smoothing': 0.05,
    flip: true,
    shift: 1,
    erase: 0.2,
    tta: true,
  },
};
