import { averagePool2d, globalAveragePool } from '../../src/layers/average-pool.ts';
import { batchNorm } from '../../src/layers/batch-norm.ts';
import { conv2d } from '../../src/layers/conv2d.ts';
import { dense } from '../../src/layers/dense.ts';
import { dropout } from '../../src/layers/dropout.ts';
import { elu } from '../../src/layers/elu.ts';
import { flatten } from '../../src/layers/flatten.ts';
import { gelu } from '../../src/layers/gelu.ts';
import { glorotUniform, heNormal } from '../../src/layers/initializers.ts';
import { leakyRelu } from '../../src/layers/leaky-relu.ts';
import { maxPool2d } from '../../src/layers/max-pool.ts';
import { relu } from '../../src/layers/relu.ts';
import { residual } from '../../src/layers/residual.ts';
import { sigmoid } from '../../src/layers/sigmoid.ts';
import { silu } from '../../src/layers/silu.ts';
import { standardize } from '../../src/layers/standardize.ts';
import { tanh } from '../../src/layers/tanh.ts';
import { unstandardize } from '../../src/layers/unstandardize.ts';
import { inNode } from '../../src/engine/node.ts';
import type { LayerSpec } from '../../src/layers/layer.ts';
import type { Shape } from '../../src/tensor/shape.ts';

const same = { kernelSize: 3, padding: 'same' } as const;

/**
 * Layers, the shape of an example and a batch size, for gradient checks of engines: sizes that are not multiples
 * of a vector or tile, strides, both paddings, a batch of one.
 */
export const layerCases: readonly (readonly [spec: LayerSpec, inputShape: Shape, batch: number])[] = [
  [dense(5), [7], 3],
  [dense(17, { initializer: heNormal }), [9], 13],
  [dense(1), [4], 1],
  [relu(), [3, 5], 4],
  [leakyRelu(), [3, 5], 4],
  [leakyRelu({ negativeSlope: 0.01 }), [7], 1],
  [elu(), [3, 5], 4],
  [elu({ alpha: 0.4 }), [7], 1],
  [gelu(), [3, 5], 4],
  [silu(), [7], 3],
  [sigmoid(), [3, 5], 2],
  [tanh(), [7], 3],
  [dropout(0.4), [11], 6],
  [flatten(), [2, 3, 4], 5],
  [standardize(), [7], 5],
  [standardize(), [4, 3, 2], 3],
  [unstandardize(), [3], 4],
  [conv2d(3, { kernelSize: 3, padding: 'same' }), [5, 4, 2], 2],
  [conv2d(17, { kernelSize: 3, padding: 'same' }), [9, 8, 5], 3],
  [conv2d(2, { kernelSize: [2, 3], padding: 'valid' }), [4, 6, 3], 1],
  [conv2d(5, { kernelSize: 3, stride: 2, padding: 'same' }), [7, 6, 1], 3],
  [conv2d(3, { kernelSize: [3, 2], stride: [2, 1], padding: 'valid' }), [7, 5, 2], 2],
  [conv2d(4, { kernelSize: 2, stride: 3, padding: 'valid' }), [9, 10, 2], 2],
  [conv2d(4, { kernelSize: 1, initializer: glorotUniform }), [3, 2, 5], 2],
  [conv2d(6, { kernelSize: 1, stride: 2 }), [5, 5, 3], 2],
  [maxPool2d({ padding: 'same' }), [7, 5, 3], 2],
  [maxPool2d(), [4, 6, 5], 1],
  [maxPool2d({ padding: 'same' }), [7, 7, 16], 3],
  [maxPool2d({ poolSize: 3, stride: 2, padding: 'same' }), [6, 7, 2], 2],
  [maxPool2d({ poolSize: [2, 3], stride: 1, padding: 'valid' }), [5, 5, 1], 3],
  [averagePool2d({ padding: 'same' }), [7, 5, 3], 2],
  [averagePool2d(), [4, 6, 5], 1],
  [averagePool2d({ padding: 'same' }), [7, 6, 16], 3],
  [averagePool2d({ poolSize: 3, stride: 2, padding: 'same' }), [6, 7, 2], 2],
  [averagePool2d({ poolSize: [2, 3], stride: 1, padding: 'valid' }), [5, 4, 1], 3],
  [averagePool2d({ poolSize: [1, 2], stride: 3, padding: 'valid' }), [7, 5, 2], 1],
  [globalAveragePool(), [5, 4, 3], 3],
  [globalAveragePool(), [7, 6, 33], 1],
  [batchNorm({ epsilon: 0.1 }), [3], 2],
  [batchNorm(), [19], 13],
  [batchNorm(), [5, 4, 3], 2],
  [batchNorm({ momentum: 0.5 }), [7, 5, 33], 1],
  [residual([conv2d(3, same), batchNorm({ epsilon: 0.1 }), leakyRelu(), conv2d(3, same)]), [5, 4, 3], 2],
  [residual([conv2d(5, { ...same, stride: 2 })], [conv2d(5, { kernelSize: 1, stride: 2 })]), [5, 6, 2], 1],
  [residual([residual([dense(7)]), dense(4)], [dense(4), dropout(0.3)]), [7], 3],
];

/**
 * The cases of the types of layers that the command line names, `node test/layers/gradients.test.ts dense gelu`; all
 * without a name.
 */
export function chosenLayerCases(): typeof layerCases {
  const types = inNode ? process.argv.slice(2) : [];
  if (types.length === 0) return layerCases;
  const chosen = layerCases.filter(([{ type }]) => types.includes(type));
  if (chosen.length === 0) throw new Error(`no layer has one of the types ${types.join(', ')}`);
  return chosen;
}
