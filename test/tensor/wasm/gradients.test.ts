import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { averagePool2d, globalAveragePool } from '../../../src/layers/average-pool.ts';
import { batchNorm } from '../../../src/layers/batch-norm.ts';
import { conv2d } from '../../../src/layers/conv2d.ts';
import { dense } from '../../../src/layers/dense.ts';
import { dropout } from '../../../src/layers/dropout.ts';
import { flatten } from '../../../src/layers/flatten.ts';
import { leakyRelu } from '../../../src/layers/leaky-relu.ts';
import { maxPool2d } from '../../../src/layers/max-pool.ts';
import { relu } from '../../../src/layers/relu.ts';
import { residual } from '../../../src/layers/residual.ts';
import { WasmEngine } from '../../../src/tensor/wasm/engine.ts';
import { checkLayerGradients } from '../../helpers/gradient-check.ts';

const imageLayers = [
  [conv2d(3, { kernelSize: 3, padding: 'same' }), [5, 4, 2], 2],
  [conv2d(17, { kernelSize: 3, padding: 'same' }), [9, 8, 5], 3],
  [conv2d(2, { kernelSize: [2, 3], padding: 'valid' }), [4, 6, 3], 1],
  [conv2d(5, { kernelSize: 3, stride: 2, padding: 'same' }), [7, 6, 1], 3],
  [conv2d(3, { kernelSize: [3, 2], stride: [2, 1], padding: 'valid' }), [7, 5, 2], 2],
  [conv2d(4, { kernelSize: 2, stride: 3, padding: 'valid' }), [9, 10, 2], 2],
  [conv2d(4, { kernelSize: 1 }), [3, 2, 5], 2],
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
] as const;

const same = { kernelSize: 3, padding: 'same' } as const;
const residuals = [
  [residual([conv2d(3, same), batchNorm({ epsilon: 0.1 }), leakyRelu(), conv2d(3, same)]), [5, 4, 3], 2],
  [residual([conv2d(5, { ...same, stride: 2 })], [conv2d(5, { kernelSize: 1, stride: 2 })]), [5, 6, 2], 1],
  [residual([residual([dense(7)]), dense(4)], [dense(4), dropout(0.3)]), [7], 3],
] as const;

test('the gradients of every layer, computed by the wasm engine, against central differences in double', async () => {
  const engine = await WasmEngine.start({ threads: 2 });
  assert.is(engine.name, 'wasm');
  await checkLayerGradients(dense(5), [7], 3, engine);
  await checkLayerGradients(dense(17), [9], 13, engine);
  await checkLayerGradients(dense(1), [4], 1, engine);
  await checkLayerGradients(relu(), [3, 5], 4, engine);
  await checkLayerGradients(leakyRelu(), [3, 5], 4, engine);
  await checkLayerGradients(leakyRelu({ negativeSlope: 0.01 }), [7], 1, engine);
  await checkLayerGradients(dropout(0.4), [11], 6, engine);
  await checkLayerGradients(flatten(), [2, 3, 4], 5);
  for (const [spec, inputShape, batch] of [...imageLayers, ...residuals])
    await checkLayerGradients(spec, inputShape, batch, engine);
  await engine.close();
});

test.run();
