import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WasmEngine } from '../../../src/engine/wasm/engine.ts';
import { checkLayerGradients } from '../../helpers/gradient-check.ts';
import { chosenLayerCases } from '../../helpers/layer-cases.ts';

test('the gradients of every layer, computed by the wasm engine, against central differences in double', async () => {
  const engine = await WasmEngine.start({ threads: 2 });
  assert.is(engine.name, 'wasm');
  for (const [spec, inputShape, batch] of chosenLayerCases()) {
    await checkLayerGradients(spec, inputShape, batch, engine);
  }
  await engine.close();
});

test.run();
