import { presets } from '../../model/presets.ts';
import type { DataArguments } from './data-options.ts';
import type { TrainArguments } from './train-options.ts';

/** Options that say where a run happens, on what and for whom, not how a network is trained. */
type RunOption =
  | keyof DataArguments
  | 'preset'
  | 'limit'
  | 'seed'
  | 'engine'
  | 'threads'
  | 'revectorize'
  | 'out'
  | 'resume'
  | 'config'
  | 'report'
  | 'quiet'
  | 'json';

/** Values for options of `weft train`; those that are left out keep their defaults. */
export type Recipe = Partial<Omit<TrainArguments, RunOption>>;

/** What `--preset` knows: a network with the recipe to train it. A network's own name stands for the defaults. */
export const recipes: Readonly<Record<string, Recipe>> = {
  ...Object.fromEntries(Object.keys(presets).map((model): [string, Recipe] => [model, { model }])),
  /** Chosen by the accuracy on the validation images alone, among a dozen recipes of 4 to 8 epochs. */
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
};
