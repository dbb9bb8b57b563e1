import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatGpuProfile } from '../../../bench/networks/gpu-profile.ts';
import { RecordedSteps } from '../../../bench/networks/recorded-steps.ts';
import { lossBounds } from '../../../bench/networks/measured-network.ts';
import { startTraining } from '../../../bench/networks/training.ts';
import { fashionMnist } from '../../../src/data/idx/fashion-mnist.ts';
import { WasmEngine } from '../../../src/engine/wasm/engine.ts';

test('a profile has a row for each dispatch, their sum, and what a step takes in training', () => {
  const lines = formatGpuProfile({
    machine: {},
    otherWork: { busyCores: 0, delay: 1 },
    model: 'mlp',
    batchSize: 50,
    description: 'WebGPU, a card',
    software: false,
    dispatches: [
      { kernel: 'gather', workgroups: [49, 1, 1], microseconds: 2 },
      { kernel: 'x'.repeat(91), workgroups: [4, 2, 8], microseconds: 6 },
    ],
    barriers: 1,
    inARowMicroseconds: 7,
    step: { microseconds: 10, hostMicroseconds: 3.25, submits: 0.125 },
  }).split('\n');
  const cells = lines.map((line) => line.split('│').map((cell) => cell.trim()));
  const row = (name: string): string[] => cells.find(([, , cell]) => cell === name)!.slice(2, -1);
  assert.equal(row('gather'), ['gather', '49', '2.0', '25.0 %']);
  assert.equal(row(`${'x'.repeat(90)}…`).slice(1), ['4×2×8', '6.0', '75.0 %']);
  assert.is(row('sum of the dispatches')[2], '8.0');
  assert.is(row('all in a row')[2], '7.0');
  assert.is(row('a step in training')[2], '10.0');
  assert.match(lines.at(-1)!, '2 dispatches, 1 barriers, 0.125 submits a step');
  assert.match(lines.at(-1)!, 'the host works 3.3 µs a step, 5,000,000 images/s');
});

test('the steps of a profile are those of training: the same losses, and the host works during a part of the time', async () => {
  const engine = await WasmEngine.start({ threads: 1 });
  const dataset = fashionMnist();
  const network = await startTraining({ model: 'mlp', batchSize: 8 }, engine, dataset);
  const steps = await RecordedSteps.compile(engine, 'mlp', 8, dataset);
  const losses = await steps.losses(3);
  assert.is(losses.length, 3);
  for (const [index, loss] of losses.entries()) {
    const { loss: expected } = await network.run(1);
    assert.ok(Math.abs(loss - expected!) <= lossBounds[index]!, `step ${index + 1}: ${loss}, ${expected}`);
  }
  const { images, seconds, hostSeconds } = await steps.run(4);
  assert.is(images, 32);
  assert.ok(hostSeconds > 0 && hostSeconds <= seconds);
  await engine.close();
});

test.run();
