import { dense } from '../layers/dense.ts';
import { dropout } from '../layers/dropout.ts';
import { flatten } from '../layers/flatten.ts';
import type { LayerSpec } from '../layers/layer.ts';
import { relu } from '../layers/relu.ts';

export interface PresetOptions {
  /** Number of outputs. */
  readonly classes: number;
  /** Dropout after each hidden activation; 0 for none. */
  readonly dropout: number;
}

/** The networks that `--model` knows. */
export const presets: { readonly [name: string]: (options: PresetOptions) => LayerSpec[] } = {
  /** 784-32-64-128-128-10: "32, 64, 128, 128 and 10 units"; 53,354 parameters on 28×28 images. */
  mlp: ({ classes, dropout: rate }) => [
    flatten(),
    ...[32, 64, 128, 128].flatMap((units) => [dense(units), relu(), ...(rate > 0 ? [dropout(rate)] : [])]),
    dense(classes),
  ],
};
