/** The engine of GL, which runs kernel by kernel: in gpu.js's translation to JavaScript, on every machine. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { chooseEngine } from '../../../../src/engine/create-engine.ts';
import type { Engine, Executable } from '../../../../src/engine/engine.ts';
import { GlEngine } from '../../../../src/engine/gpu/gl/engine.ts';
import { DeviceArray, Gpu } from '../../../../src/engine/gpu/gpu-js.ts';
import { Recorder } from '../../../../src/tensor/recorder.ts';
import { Tensor } from '../../../../src/tensor/tensor.ts';
import { assertRejects } from '../../../helpers/assert-rejects.ts';
import { testEachGlMode } from '../../../helpers/gpu.ts';
import { randomTensor } from '../../../helpers/random-tensor.ts';
import { replaceMethod, spy } from '../../../helpers/replace-method.ts';

testEachGlMode('arrays on the device do not pile up from run to run', async (engine) => {
  const [x, weight] = [randomTensor('float32', [5, 7], 'x'), randomTensor('float32', [7, 3], 'weight')];
  const ops = new Recorder();
  const y = ops.elementwise(ops.matmul(x, weight), 'relu');
  ops.addScaled(weight, ops.matmul(x, y, { transposeA: true }), 0.001);
  const executable = await engine.compile(ops.finish('step', [y, ops.mean(y)]));
  let alive = 0;
  const restore = [
    spy(Gpu.prototype, 'run', () => (alive += 1)),
    spy(Gpu.prototype, 'upload', () => (alive += 1)),
    spy(DeviceArray.prototype, 'delete', () => (alive -= 1)),
  ];
  try {
    await executable.run();
    const afterFirst = alive;
    for (let run = 0; run < 60; run++) await executable.run();
    assert.is(afterFirst, 4, 'x, the weight and two results');
    assert.is(alive, afterFirst);
  } finally {
    for (const undo of restore) undo();
  }
});

testEachGlMode('what GL cannot do, the engine says', async (engine) => {
  const logits = randomTensor('float32', [4, 3], 'logits');
  const labels = Tensor.from('uint8', [4], Uint8Array.of(0, 1, 2, 0), 'labels');
  const chosen = new Recorder();
  const result = chosen.gatherLabels(labels, chosen.argmax(logits));
  await assertRejects(engine.compile(chosen.finish('chosen', [result])), /gatherLabels: .* on the host/);
  const large = new Recorder();
  large.addScaled(
    Tensor.zeros('float32', [2 ** 24 + 1], 'a'),
    Tensor.zeros('float32', [2 ** 24 + 1], 'b'),
    1,
  );
  await assertRejects(
    engine.compile(large.finish('large')),
    /^addScaled: the gpu engine addresses 16777216 numbers in a tensor, not 16777217: use a smaller batch$/,
  );
  const one = new Recorder();
  one.addScaled(Tensor.zeros('float32', [1], 'a'), Tensor.zeros('float32', [1], 'b'), 1);
  await (await engine.compile(one.finish('one'))).run();
});

testEachGlMode('a kernel that is wrong here is found at its first run, and named', async (engine) => {
  const { executable, result } = await product(engine);
  const restore = spoil(' * ', ' + ');
  try {
    await assertRejects(
      executable.run(),
      /^a kernel is wrong on this GPU: multiply \[2, 3\], kernel multiply length=6: element 0 is 7, the reference gives 10; /,
    );
  } finally {
    restore();
  }
  await executable.run();
  assert.equal([...(await engine.read(result))], [10, 10, 10, 10, 10, 10]);
});

test('auto does not take a GPU on which a kernel is wrong, and says which', async () => {
  const restore = spoil(' * ', ' + ');
  try {
    const trial = async (tried: Engine): Promise<number> => {
      await (await product(tried)).executable.run();
      return 1;
    };
    const startHardware = (): Promise<Engine> => GlEngine.startOnCpu();
    const engine = await chooseEngine('auto', { threads: 1, trial }, startHardware);
    assert.is(engine.name, 'wasm');
    assert.match(
      engine.reason,
      /^the GPU is not used: a kernel is wrong on this GPU: multiply \[2, 3\], .*element 0 is 7/,
    );
    await engine.close();
  } finally {
    restore();
  }
});

testEachGlMode('kernels are checked once, at the first run of each', async (engine) => {
  const { executable } = await product(engine);
  await executable.run();
  const restore = spoil(' * ', ' + ');
  try {
    await executable.run();
    const again = await product(engine);
    await again.executable.run();
    assert.equal([...(await engine.read(again.result))], [7, 7, 7, 7, 7, 7], 'not compared any more');
  } finally {
    restore();
  }
});

/** A program that multiplies a [2, 3] of 2 and one of 5. */
async function product(engine: Engine): Promise<{ executable: Executable; result: Tensor }> {
  const [a, b] = [2, 5].map((value) => Tensor.from('float32', [2, 3], new Float32Array(6).fill(value), 'x'));
  const ops = new Recorder();
  const result = ops.multiply(a!, b!);
  return { executable: await engine.compile(ops.finish('product', [result])), result };
}

/** Makes kernels wrong. @returns what undoes it */
function spoil(text: string, other: string): () => void {
  return replaceMethod(Gpu.prototype, 'run', (run) => (kernel, inputs) => {
    const source = kernel.source.replace(text, other);
    return run({ ...kernel, name: `${kernel.name}, spoiled`, source }, inputs);
  });
}

test.run();
