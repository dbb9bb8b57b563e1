import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { timeProducts } from '../../../bench/card/products.ts';
import { noPyTorch } from '../../../bench/card/pytorch.ts';
import { measureSteps } from '../../../bench/card/steps.ts';
import { fashionMnist } from '../../../src/data/idx/fashion-mnist.ts';
import { openWebGpu } from '../../../src/engine/gpu/webgpu/adapter.ts';
import { WasmEngine } from '../../../src/engine/wasm/engine.ts';
import { testOnAdapter, testWithoutAdapter } from '../../helpers/gpu.ts';

testOnAdapter(
  'bench gpu: steps are timed after their losses agree with those of the wasm engine',
  async () => {
    const wasm = await WasmEngine.start({ threads: 1 });
    const plan = { model: 'mlp', batchSize: 2, dataset: fashionMnist() };
    const steps = await measureSteps(wasm, plan, { blocks: 2, seconds: 0.001 });
    await wasm.close();
    assert.is(steps.losses.gpu.length, 4);
    assert.is(steps.losses.wasm.length, 4);
    for (const [index, loss] of steps.losses.gpu.entries()) {
      assert.ok(Math.abs(loss - steps.losses.wasm[index]!) <= 1e-3, `loss ${index}`);
    }
    assert.ok(steps.dispatches > 0 && steps.dispatches <= 24, 'an MLP step has at most 24 dispatches');
    assert.ok(steps.barriers < steps.dispatches);
    assert.ok(steps.imagesPerSecond.p10 <= steps.imagesPerSecond.median);
    assert.ok(steps.hostMicroseconds > 0);
  },
);

testOnAdapter(
  'bench gpu: a product by the tile of the rule, and by one that is at least as fast',
  async () => {
    const { device } = await openWebGpu();
    const { size, rule, measured } = await timeProducts(device, 9, 0);
    device.destroy();
    assert.is(size, 9);
    assert.ok(rule.gflops > 0);
    assert.ok(measured.gflops >= rule.gflops);
  },
);

test('bench gpu: PyTorch is not measured where it is not, with the reason', () => {
  assert.is(noPyTorch('no-such-python'), 'there is no no-such-python');
});

testWithoutAdapter('bench gpu without an adapter: a line that says what to install', (hidden) => {
  const main = join(import.meta.dirname, '../../../bench/main.ts');
  const { status, stderr } = spawnSync(process.execPath, [main, 'gpu'], {
    encoding: 'utf8',
    env: { ...process.env, ...hidden },
  });
  assert.is(status, 1);
  assert.match(stderr.trim().split('\n').at(-1)!, /^bench: .*install/);
});

test.run();
