import { presets } from '../model/presets.ts';
import type { TrainArguments } from './train-options.ts';

/** Options that say where a run happens, on what and for whom, not how a network is trained. */
type RunOption =
  'preset' | 'data' | 'limit' | 'seed' | 'engine' | 'threads' | 'revectorize' | 'out' | 'quiet' | 'json';

/** Values for options of `weft train`; those that are left out keep their defaults. */
export type Recipe = Partial<Omit<TrainArguments, RunOption>>;

/** What `--preset` knows: a network with the recipe to train it. A network's own name stands for the defaults. */
export const recipes: Readonly<Record<string, Recipe>> = {
  ...Object.fromEntries(Object.keys(presets).map((model): [string, Recipe] => [model, { model }])),
  fast: {
    model: 'cnn-dropout',
    epochs: 8,
    'batch-size': 128,
    optimizer: 'adam',
    'learning-rate': 0.003,
    schedule: 'one-cycle',
    'weight-decay': 0.01,
    'label-smoothing': 0.1,
  },
};
