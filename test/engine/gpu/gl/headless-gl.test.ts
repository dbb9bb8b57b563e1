import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { startGpuEngine } from '../../../../src/engine/gpu/start.ts';
import { ReferenceEngine } from '../../../../src/engine/reference-engine.ts';
import { assertClose } from '../../../helpers/close.ts';
import { testOn } from '../../../helpers/gpu.ts';
import { operationTests } from '../../../helpers/operation-tests.ts';
import { trainSmall } from '../../../helpers/small-network.ts';

for (const network of ['dense', 'cnn', 'images'] as const) {
  testOn(
    'headlessgl',
    `10 steps of the network ${network}: losses to 1e-4 and weights to 1e-3 as the reference`,
    async () => {
      const engine = await startGpuEngine({ backend: 'headlessgl' });
      assert.match(engine.description, /^headless GL by gpu\.js, /);
      const onGl = await trainSmall(engine, network, 10);
      assert.is(engine.ranIn, 'headlessgl');
      await engine.close();
      const plain = await trainSmall(new ReferenceEngine(), network, 10);
      assertClose(onGl.losses, plain.losses, { rtol: 1e-4, atol: 0 }, 'loss');
      for (const [index, values] of onGl.tensors.entries()) {
        assertClose(values, plain.tensors[index]!, { rtol: 0, atol: 1e-3 }, `tensor ${index}`);
      }
      assertClose([onGl.evaluation], [plain.evaluation], { rtol: 1e-4, atol: 0 }, 'evaluation');
    },
  );
}

testOn('headlessgl', 'every operation gives what the reference gives', () => {
  for (const file of operationTests) {
    const options = { encoding: 'utf8', env: { ...process.env, GPU_BACKEND: 'headlessgl' } } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, [file], options);
    assert.is(status, 0, `${stdout}\n${stderr}`);
    assert.match(stdout, /Skipped: +0/, stdout);
  }
});

test.run();
