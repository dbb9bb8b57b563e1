import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Engine } from '../../../../src/engine/engine.ts';
import { openWebGpu } from '../../../../src/engine/gpu/webgpu/adapter.ts';
import { WebGpuEngine } from '../../../../src/engine/gpu/webgpu/engine.ts';
import { Pipelines } from '../../../../src/engine/gpu/webgpu/pipelines.ts';
import type { WgslKernel } from '../../../../src/engine/gpu/wgsl/kernel.ts';
import { dense } from '../../../../src/layers/dense.ts';
import { flatten } from '../../../../src/layers/flatten.ts';
import { relu } from '../../../../src/layers/relu.ts';
import { sequential } from '../../../../src/layers/sequential.ts';
import { adam } from '../../../../src/optim/adam.ts';
import { Recorder } from '../../../../src/tensor/recorder.ts';
import { ReferenceEngine } from '../../../../src/engine/reference-engine.ts';
import { Tensor } from '../../../../src/tensor/tensor.ts';
import { TrainingSteps } from '../../../../src/train/training-steps.ts';
import { assertRejects } from '../../../helpers/assert-rejects.ts';
import { assertClose } from '../../../helpers/close.ts';
import { countingAdapter } from '../../../helpers/counting-device.ts';
import { testOnAdapter } from '../../../helpers/gpu.ts';
import { randomTensor } from '../../../helpers/random-tensor.ts';

const examples = {
  x: Tensor.from(
    'uint8',
    [400, 3, 5, 1],
    Uint8Array.from({ length: 6000 }, (_, i) => (i * 37) % 256),
    'images',
  ),
  y: Tensor.from(
    'uint8',
    [400],
    Uint8Array.from({ length: 400 }, (_, i) => i % 4),
    'labels',
  ),
};

/** Some steps of a small dense network. @returns the loss of each step, if asked for, and the weights */
async function trainDense(
  engine: Engine,
  steps: number,
  afterWarmUp: () => void = () => {},
): Promise<{ weights: Float32Array[]; lossTotal: number; metricTotal: number }> {
  const model = sequential([flatten(), dense(7), relu(), dense(4)], { inputShape: [3, 5, 1], seed: 3 });
  const inputs = {
    model,
    examples,
    optimizer: adam(),
    l2: 0,
  };
  const training = new TrainingSteps(inputs, engine);
  const indices = Int32Array.from({ length: 13 }, (_, i) => i);
  for (let step = 1; step <= steps; step++) {
    await training.run(
      indices.map((i) => (i * 7 + step * 5) % 400),
      step,
      0.01,
    );
    if (step === 1) afterWarmUp();
  }
  const weights = await Promise.all(model.parameters.map(({ value }) => engine.read(value)));
  return { weights: weights as Float32Array[], ...(await training.readTotals()) };
}

testOnAdapter('a step creates nothing, reads nothing, and is one submit', async () => {
  const adapter = await countingAdapter();
  const engine = await WebGpuEngine.on(adapter, { stepsPerSubmit: 1 });
  const steps = 9;
  const counts = new Map<string, number>();
  await trainDense(engine, steps + 1, () => adapter.reset());
  for (const [name, count] of adapter.calls) counts.set(name, count);
  // reading the weights and the totals at the end
  const reads = 4 + 2;
  assert.is(counts.get('createBuffer'), reads, 'buffers to read from');
  assert.is(counts.get('createCommandEncoder'), steps + reads);
  assert.is(counts.get('submit'), steps + reads);
  assert.is(counts.get('writeBuffer'), steps, 'what the host writes is one upload');
  const created = [...counts.keys()].filter((name) => name.startsWith('create'));
  assert.equal(
    created.toSorted(),
    ['createBuffer', 'createBindGroup', 'createCommandEncoder'].filter((name) => counts.has(name)).toSorted(),
  );
  assert.ok((counts.get('createBindGroup') ?? 0) <= 16, 'bound once, at the second step');
  await engine.close();
});

testOnAdapter('weights and totals are equal to the bit with 1 and 8 steps a submit', async () => {
  const results = [];
  for (const stepsPerSubmit of [1, 8]) {
    const engine = await WebGpuEngine.on(await openWebGpu(), { stepsPerSubmit });
    const before = engine.submits;
    results.push({ ...(await trainDense(engine, 33)), submits: engine.submits - before });
    await engine.close();
  }
  const [one, eight] = results;
  assert.equal(one!.weights, eight!.weights);
  assert.is(one!.lossTotal, eight!.lossTotal);
  assert.is(one!.metricTotal, eight!.metricTotal);
  assert.ok(eight!.submits < one!.submits, `${eight!.submits} submits, ${one!.submits}`);
  const reference = await trainDense(new ReferenceEngine(), 33);
  for (const [index, weights] of reference.weights.entries()) {
    assertClose(one!.weights[index]!, weights, { rtol: 1e-4, atol: 1e-5 }, `weights ${index}`);
  }
  assert.is(one!.metricTotal, reference.metricTotal);
});

testOnAdapter(
  'a data set that the device does not hold stays on the host, with the same result',
  async () => {
    const usual = await WebGpuEngine.on(await openWebGpu());
    const resident = await trainDense(usual, 5);
    await usual.close();
    const adapter = await countingAdapter({ maxStorageBufferBindingSize: 5999 });
    const engine = await WebGpuEngine.on(adapter);
    const host = await trainDense(engine, 5);
    assert.equal(host.weights, resident.weights);
    assert.equal([...(await engine.read(examples.x))], [...examples.x.values]);
    await engine.close();
  },
);

testOnAdapter(
  'programs share weights, wherever they lie: what one only reads another may update',
  async () => {
    const engine = await WebGpuEngine.on(await openWebGpu());
    const [weight, x] = [
      Tensor.from('float32', [3], Float32Array.of(1, 2, 3), 'weight'),
      randomTensor('float32', [3], 'x'),
    ];
    const look = new Recorder();
    const y = look.multiply(weight, x);
    const first = await engine.compile(look.finish('look', [y]));
    await first.run();
    const update = new Recorder();
    update.addScaled(weight, x, 2);
    const second = await engine.compile(update.finish('update'));
    engine.write(x, [1, 0, -1]);
    await second.run();
    engine.write(x, [1, 10, 100]);
    await first.run();
    assert.equal([...(await engine.read(weight))], [3, 2, 1]);
    assert.equal([...(await engine.read(y))], [3, 20, 100]);
    assert.equal([...weight.values], [1, 2, 3], 'the host tensor is not touched');
    await engine.close();
  },
);

testOnAdapter('a run sees what was written before it, and not what is written after it', async () => {
  const engine = await WebGpuEngine.on(await openWebGpu(), { stepsPerSubmit: 100 });
  const [sum, x] = [Tensor.zeros('float32', [2], 'sum'), Tensor.zeros('float32', [2], 'x')];
  const ops = new Recorder();
  ops.addScaled(sum, x, 1);
  const add = await engine.compile(ops.finish('add'));
  for (const value of [1, 10, 100]) {
    engine.write(x, [value, -value]);
    await add.run();
  }
  engine.write(x, [7, 7]);
  assert.equal([...(await engine.read(sum))], [111, -111]);
  engine.write(sum, [5, 5]);
  await add.run();
  assert.equal([...(await engine.read(sum))], [12, 12]);
  await engine.close();
});

testOnAdapter('2,400 steps leave the memory as it was', () => {
  const script = join(import.meta.dirname, '../../../fixtures/gpu-memory.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  assert.is(status, 0, stderr);
  const { ranIn, megabytes } = JSON.parse(stdout) as { ranIn: string; megabytes: number[] };
  assert.is(ranIn, 'webgpu');
  // what a step kept would be there after each 600: of its tensors 60 MB; what else goes on here comes and goes
  const growths = megabytes.slice(1).map((after, index) => after - megabytes[index]!);
  assert.is(growths.length, 3);
  assert.ok(Math.min(...growths) < 30, `MB after each 600 runs: ${megabytes.join(', ')}`);
});

testOnAdapter('a kernel that is wrong here is found at its first run, and named', async () => {
  const engine = await WebGpuEngine.on(await openWebGpu());
  const [a, b] = [2, 5].map((value) => Tensor.from('float32', [2, 3], new Float32Array(6).fill(value), 'x'));
  const program = (): { result: Tensor; recorder: Recorder } => {
    const recorder = new Recorder();
    return { result: recorder.multiply(a!, b!), recorder };
  };
  const prepare = Reflect.get(Pipelines.prototype, 'prepare') as (
    this: Pipelines,
    kernels: Iterable<WgslKernel>,
  ) => Promise<void>;
  Pipelines.prototype.prepare = function (kernels) {
    const spoiled = [...kernels].map((kernel) => ({
      ...kernel,
      code: kernel.code.replace('*get_', '+get_'),
    }));
    return prepare.call(this, spoiled);
  };
  try {
    const { recorder, result } = program();
    const executable = await engine.compile(recorder.finish('product', [result]));
    await assertRejects(
      executable.run(),
      /^a kernel is wrong on this GPU: multiply \[2, 3\], kernel multiply length=6: element 0 is 7, the reference gives 10; /,
    );
  } finally {
    Pipelines.prototype.prepare = prepare;
    await engine.close();
  }
});

testOnAdapter('NaN reaches the loss', async () => {
  const engine = await WebGpuEngine.on(await openWebGpu());
  const { lossTotal } = await trainDense(engine, 2);
  assert.ok(Number.isFinite(lossTotal));
  const logits = Tensor.from('float32', [2, 3], Float32Array.of(1, 2, 3, 4, NaN, 6), 'logits');
  const ops = new Recorder();
  const labels = Tensor.from('int32', [2], Int32Array.of(0, 2), 'labels');
  const loss = ops.mean(ops.softmaxCrossEntropy(logits, labels).losses);
  const executable = await engine.compile(ops.finish('loss', [loss]));
  await executable.run();
  assert.ok(Number.isNaN((await engine.read(loss))[0]));
  await engine.close();
});

testOnAdapter('what goes wrong on the device is one line: a kernel, memory, the device itself', async () => {
  const adapter = await openWebGpu();
  const pipelines = new Pipelines(adapter.device);
  const bindings = ['write'] as const;
  const kernel = { name: 'wrong', code: 'this is no WGSL', bindings, groups: [1, 1, 1] as const };
  await assertRejects(pipelines.prepare([kernel]), /^the GPU does not compile kernel wrong: [^\n]+$/);

  const engine = await WebGpuEngine.on(adapter);
  const x = randomTensor('float32', [3], 'x');
  const ops = new Recorder();
  ops.addScaled(x, x, 1);
  adapter.device.createBuffer({ size: 2 ** 50, usage: 0x80 });
  await assertRejects(
    engine.read(x).then(() => engine.compile(ops.finish('p'))),
    /^the GPU reports: [^\n]+$/,
  );
  const large = Tensor.zeros('float32', [2 ** 20], 'large');
  const small = await WebGpuEngine.on(await countingAdapter({ maxStorageBufferBindingSize: 2 ** 20 }));
  const copy = new Recorder();
  const result = copy.multiply(large, large);
  await assertRejects(
    small.compile(copy.finish('copy', [result])),
    /^large: the GPU binds 1048576 bytes at most, not 4194304: use a smaller batch, or another engine$/,
  );
  await small.close();
  await engine.close();
});

testOnAdapter('a lost device is named, and named again', async () => {
  const adapter = await openWebGpu();
  let lose: (info: { reason: string; message: string }) => void = () => {};
  const lost = new Promise((resolve) => (lose = resolve));
  const device = new Proxy(adapter.device, {
    get(target, name) {
      if (name === 'lost') return lost;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
    set: (target, name, value) => Reflect.set(target, name, value, target),
  });
  const engine = await WebGpuEngine.on({ ...adapter, device });
  const x = randomTensor('float32', [3], 'x');
  const ops = new Recorder();
  ops.addScaled(x, x, 1);
  const executable = await engine.compile(ops.finish('p'));
  await executable.run();
  lose({ reason: 'unknown', message: 'the driver was restarted\nand more' });
  await Promise.resolve();
  await Promise.resolve();
  const attempts: (() => Promise<unknown>)[] = [
    () => executable.run(),
    () => engine.read(x),
    () => engine.compile(ops.finish('q')),
  ];
  for (const attempt of attempts) {
    const tried = (async (): Promise<unknown> => attempt())();
    await assertRejects(tried, /^the GPU is gone: the driver was restarted$/);
  }
  await engine.close();
});

test.run();
