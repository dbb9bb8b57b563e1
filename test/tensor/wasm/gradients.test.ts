import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dense } from '../../../src/layers/dense.ts';
import { dropout } from '../../../src/layers/dropout.ts';
import { flatten } from '../../../src/layers/flatten.ts';
import { relu } from '../../../src/layers/relu.ts';
import { WasmEngine } from '../../../src/tensor/wasm/engine.ts';
import { checkLayerGradients } from '../../helpers/gradient-check.ts';

test('the gradients of every layer, computed by the wasm engine, against central differences in double', async () => {
  const engine = await WasmEngine.start({ threads: 2 });
  assert.is(engine.name, 'wasm');
  await checkLayerGradients(dense(5), [7], 3, engine);
  await checkLayerGradients(dense(17), [9], 13, engine);
  await checkLayerGradients(dense(1), [4], 1, engine);
  await checkLayerGradients(relu(), [3, 5], 4, engine);
  await checkLayerGradients(dropout(0.4), [11], 6, engine);
  await checkLayerGradients(flatten(), [2, 3, 4], 5);
  await engine.close();
});

test.run();
