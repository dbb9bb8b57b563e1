import { averagePool2dLayer, globalAveragePoolLayer } from '../layers/average-pool.ts';
import { batchNormLayer } from '../layers/batch-norm.ts';
import { conv2dLayer } from '../layers/conv2d.ts';
import type { LayerType } from '../layers/define-layer.ts';
import { denseLayer } from '../layers/dense.ts';
import { dropoutLayer } from '../layers/dropout.ts';
import { eluLayer } from '../layers/elu.ts';
import { flattenLayer } from '../layers/flatten.ts';
import { geluLayer } from '../layers/gelu.ts';
import { leakyReluLayer } from '../layers/leaky-relu.ts';
import { maxPool2dLayer } from '../layers/max-pool.ts';
import { reluLayer } from '../layers/relu.ts';
import { residualLayer } from '../layers/residual.ts';
import { sigmoidLayer } from '../layers/sigmoid.ts';
import { siluLayer } from '../layers/silu.ts';
import { standardizeLayer } from '../layers/standardize.ts';
import { tanhLayer } from '../layers/tanh.ts';
import { unstandardizeLayer } from '../layers/unstandardize.ts';

/** Every layer that a model file can have. Messages list the types in this order. */
export const layerTypes: readonly LayerType[] = [
  denseLayer,
  conv2dLayer,
  maxPool2dLayer,
  averagePool2dLayer,
  globalAveragePoolLayer,
  reluLayer,
  leakyReluLayer,
  eluLayer,
  geluLayer,
  siluLayer,
  sigmoidLayer,
  tanhLayer,
  batchNormLayer,
  dropoutLayer,
  flattenLayer,
  residualLayer,
  standardizeLayer,
  unstandardizeLayer,
];
