import { conv2d } from '../layers/conv2d.ts';
import { dense } from '../layers/dense.ts';
import { dropout } from '../layers/dropout.ts';
import { flatten } from '../layers/flatten.ts';
import type { LayerSpec } from '../layers/layer.ts';
import { maxPool2d } from '../layers/max-pool.ts';
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
  /** The notebook's convolutional network: 356,234 parameters on 28×28 images. */
  cnn: ({ classes, dropout: rate }) => convolutional(classes, [rate, rate, rate, rate]),
  /** The same with the notebook's dropout rates. */
  'cnn-dropout': ({ classes }) => convolutional(classes, [0.25, 0.25, 0.4, 0.3]),
};

/** Three blocks of convolution, ReLU and pooling, then two dense layers; dropout after each but the last. */
function convolutional(classes: number, rates: readonly [number, number, number, number]): LayerSpec[] {
  const dropouts = rates.map((rate) => (rate > 0 ? [dropout(rate)] : []));
  const block = (filters: number, index: number): LayerSpec[] => [
    conv2d(filters, { kernelSize: 3, padding: 'same' }),
    relu(),
    maxPool2d({ poolSize: 2, padding: 'same' }),
    ...dropouts[index]!,
  ];
  return [...[32, 64, 128].flatMap(block), flatten(), dense(128), relu(), ...dropouts[3]!, dense(classes)];
}
