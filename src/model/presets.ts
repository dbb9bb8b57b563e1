import type { LayerDescription } from '../layers/layer.ts';

export interface PresetOptions {
  /** Number of classes, and so of outputs; null for a network that predicts one number. */
  readonly classes: number | null;
  /** Dropout after each hidden activation; 0 for none. */
  readonly dropout: number;
}

/** The networks that `--model` knows by name, as the data that a model file holds. */
export const presets: { readonly [name: string]: (options: PresetOptions) => LayerDescription[] } = {
  /** 784-32-64-128-128-10: "32, 64, 128, 128 and 10 units"; 53,354 parameters on 28×28 images. */
  mlp: ({ classes, dropout }) => [
    { type: 'flatten' },
    ...[32, 64, 128, 128].flatMap((units) => [
      { type: 'dense', units },
      { type: 'relu' },
      ...dropoutLayers(dropout),
    ]),
    { type: 'dense', units: classes ?? 1 },
  ],
  /** 784-256-128-10, normalized: a dense network whose first layer does not narrow what it sees. */
  'mlp-norm': ({ classes, dropout }) => [
    { type: 'flatten' },
    ...[256, 128].flatMap((units) => [
      { type: 'dense', units },
      { type: 'batch_norm' },
      { type: 'relu' },
      ...dropoutLayers(dropout),
    ]),
    { type: 'dense', units: classes ?? 1 },
  ],
  /** The notebook's convolutional network: 356,234 parameters on 28×28 images. */
  cnn: ({ classes, dropout }) => convolutional(classes, [dropout, dropout, dropout, dropout]),
  /** The network `cnn` with the notebook's dropout rates. */
  'cnn-dropout': ({ classes }) => convolutional(classes, [0.25, 0.25, 0.4, 0.3]),
  /**
   * The network `cnn` with batch normalization, which allows larger learning rates, after each convolution, and dropout only
   * before the last layer. The normalization comes after the pool, where a quarter of the pixels is left.
   */
  'cnn-norm': ({ classes, dropout }) => [
    ...[32, 64, 128].flatMap((filters) => [
      { type: 'conv2d', filters, kernelSize: 3, padding: 'same' },
      { type: 'max_pool2d', poolSize: 2, padding: 'same' },
      { type: 'batch_norm' },
      { type: 'relu' },
    ]),
    { type: 'flatten' },
    { type: 'dense', units: 128 },
    { type: 'relu' },
    ...dropoutLayers(dropout),
    { type: 'dense', units: classes ?? 1 },
  ],
  /**
   * Three blocks that each halve the image and add a residual connection around a second convolution, then the mean over
   * what is left of the image: He et al., "Deep residual learning for image recognition" (2016), made small.
   */
  'cnn-residual': ({ classes, dropout }) => [
    ...[48, 96, 192].flatMap((filters) => [
      ...normalizedConvolution(filters).toSpliced(1, 0, { type: 'max_pool2d', poolSize: 2, padding: 'same' }),
      { type: 'relu' },
      { type: 'residual', body: normalizedConvolution(filters) },
      { type: 'relu' },
    ]),
    { type: 'global_average_pool2d' },
    ...dropoutLayers(dropout),
    { type: 'dense', units: classes ?? 1 },
  ],
  /** For the rows of a table, which may have columns and targets of any size. */
  table: ({ classes, dropout }) => [
    { type: 'standardize' },
    ...[64, 64].flatMap((units) => [{ type: 'dense', units }, { type: 'relu' }, ...dropoutLayers(dropout)]),
    { type: 'dense', units: classes ?? 1 },
    ...(classes === null ? [{ type: 'unstandardize' }] : []),
  ],
};

/** Three blocks of convolution, ReLU and pooling, then two dense layers; dropout after each but the last. */
function convolutional(
  classes: number | null,
  rates: readonly [number, number, number, number],
): LayerDescription[] {
  const block = (filters: number, index: number): LayerDescription[] => [
    { type: 'conv2d', filters, kernelSize: 3, padding: 'same' },
    { type: 'relu' },
    { type: 'max_pool2d', poolSize: 2, padding: 'same' },
    ...dropoutLayers(rates[index]!),
  ];
  return [
    ...[32, 64, 128].flatMap(block),
    { type: 'flatten' },
    { type: 'dense', units: 128 },
    { type: 'relu' },
    ...dropoutLayers(rates[3]),
    { type: 'dense', units: classes ?? 1 },
  ];
}

function normalizedConvolution(filters: number): LayerDescription[] {
  return [{ type: 'conv2d', filters, kernelSize: 3, padding: 'same' }, { type: 'batch_norm' }];
}

function dropoutLayers(rate: number): LayerDescription[] {
  return rate > 0 ? [{ type: 'dropout', rate }] : [];
}
