import { test } from 'uvu';
import { testEachMode } from '../../helpers/gpu.ts';
import { checkLayerGradients } from '../../helpers/gradient-check.ts';
import { chosenLayerCases } from '../../helpers/layer-cases.ts';

testEachMode('the gradients of every layer against central differences in double', async (engine) => {
  for (const [spec, inputShape, batch] of chosenLayerCases()) {
    await checkLayerGradients(spec, inputShape, batch, engine);
  }
});

test.run();
