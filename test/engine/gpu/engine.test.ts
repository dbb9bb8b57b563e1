import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Engine, Executable } from '../../../src/engine/engine.ts';
import { chooseEngine, createEngine, EngineError } from '../../../src/engine/create-engine.ts';
import { describeAdapter, isSoftware } from '../../../src/engine/gpu/adapter-names.ts';
import { openDevice } from '../../../src/engine/gpu/device.ts';
import { GlEngine } from '../../../src/engine/gpu/gl/engine.ts';
import { startGpuEngine } from '../../../src/engine/gpu/start.ts';
import { DeviceArray, Gpu } from '../../../src/engine/gpu/gpu-js.ts';
import { Recorder } from '../../../src/tensor/recorder.ts';
import { Tensor } from '../../../src/tensor/tensor.ts';
import { assertClose } from '../../helpers/close.ts';
import { integers } from '../../helpers/operation-cases/case.ts';
import { testEachMode, testOnAdapter } from '../../helpers/gpu.ts';
import { randomTensor } from '../../helpers/random-tensor.ts';
import { trainSteps } from '../../helpers/train-steps.ts';

const networks = {
  dense: 'a dense network, with Adam and dropout',
  cnn: 'the CNN in small',
  images: 'a network with every layer, with SGD',
} as const;

for (const network of ['dense', 'cnn', 'images'] as const) {
  const what = `20 steps of ${networks[network]}: losses to 1e-4 and weights to 1e-3 as the reference`;
  test(`${what}, in mode cpu`, () => checkTraining(network, 'gpu-cpu', 'cpu'));
  testOnAdapter(what, () => checkTraining(network, 'gpu', 'webgpu'));
}

function checkTraining(network: keyof typeof networks, engine: 'gpu' | 'gpu-cpu', mode: string): void {
  const plain = trainSteps({ network, engine: 'reference', steps: 20 });
  const onGpu = trainSteps({ network, engine, steps: 20 });
  assert.is(onGpu.ranIn, mode);
  assertClose(onGpu.losses, plain.losses, { rtol: 1e-4, atol: 0 }, 'loss');
  assertClose(onGpu.weights, plain.weights, { rtol: 0, atol: 1e-3 }, 'weights and running averages');
  assertClose([onGpu.evaluation], [plain.evaluation], { rtol: 1e-4, atol: 0 }, 'evaluation');
  assert.ok(onGpu.losses.at(-1)! < onGpu.losses[0]!, 'it learns');
}

testEachMode('programs of one engine share its weights, and keep their own results', async (engine) => {
  const weight = Tensor.from('float32', [2], Float32Array.of(1, 2), 'weight');
  const update = new Recorder();
  update.addScaled(weight, weight, 1);
  const double = await engine.compile(update.finish('double'));
  const ops = new Recorder();
  const copy = ops.elementwise(weight, 'relu');
  const hidden = ops.multiply(copy, copy);
  const total = ops.sumRows(hidden);
  const look = await engine.compile(ops.finish('look', [copy, total]));
  await double.run();
  await double.run();
  await look.run();
  assert.equal([...(await engine.read(copy))], [4, 8]);
  assert.equal([...(await engine.read(weight))], [4, 8]);
  engine.write(weight, [-3, 5]);
  assert.equal([...(await engine.read(weight))], [-3, 5], 'before any run');
  await look.run();
  assert.equal([...(await engine.read(copy))], [0, 5]);
  assert.equal([...weight.values], [1, 2], 'the host tensor is not touched');
  await assertRejects(engine.read(hidden), /is part of a program/);
  await double.run();
  await assertRejects(engine.read(copy), /is part of a program/);
  assert.throws(() => engine.write(weight, [1]), 'write: tensor weight has 2 values, got 1');
});

testEachMode('a batch on the host can be written and read again', async (engine) => {
  const images = Tensor.from('uint8', [3, 2], Uint8Array.of(1, 2, 3, 4, 5, 6), 'images');
  const indices = integers('indices', 2, 0);
  const ops = new Recorder();
  const y = ops.gatherImages(images, indices, 2);
  const sums = ops.sumRows(y);
  const executable = await engine.compile(ops.finish('batch', [y, sums]));
  await executable.run();
  assert.equal([...(await engine.read(y))], [10, 12, 2, 4]);
  assert.equal([...(await engine.read(sums))], [12, 16]);
  engine.write(indices, [1, 0]);
  await executable.run();
  assert.equal([...(await engine.read(sums))], [8, 12]);
  assert.equal([...(await engine.read(indices))], [1, 0]);
});

testEachMode('arrays on the device do not pile up from run to run', async (engine) => {
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

testOnAdapter('what the device reports too late is the error of the next read or run', async () => {
  const engine = await startGpuEngine();
  const x = randomTensor('float32', [3], 'x');
  const ops = new Recorder();
  ops.addScaled(x, x, 1);
  const executable = await engine.compile(ops.finish('double'));
  await executable.run();
  const device = await gpuJsDevice();
  device.createBuffer({ size: 2 ** 50, usage: 0x80 });
  await assertRejects(engine.read(x), /the GPU reports: .*buffer/is);
  await executable.run();
  assertClose(
    await engine.read(x),
    [...x.values].map((value) => 4 * value),
    { rtol: 0, atol: 0 },
  );
  await engine.close();
});

testOnAdapter('2,000 runs that write 200 KiB each leave the memory as it was', () => {
  const script = join(import.meta.dirname, '../../fixtures/gpu-memory.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  assert.is(status, 0, stderr);
  const { ranIn, megabytes } = JSON.parse(stdout) as { ranIn: string; megabytes: number[] };
  assert.is(ranIn, 'webgpu');
  const [before, after] = megabytes as [number, number];
  assert.ok(after < before + 100, `${before} MB after 1,000 runs, ${after} MB after 3,000`);
});

testEachMode('what the engine cannot do, it says', async (engine) => {
  const logits = randomTensor('float32', [4, 3], 'logits');
  const labels = Tensor.from('uint8', [4], Uint8Array.of(0, 1, 2, 0), 'labels');
  const chosen = new Recorder();
  const result = chosen.gatherLabels(labels, chosen.argmax(logits));
  await assertRejects(engine.compile(chosen.finish('chosen', [result])), /gatherLabels: .* on the host/);
  const double = new Recorder();
  double.addScaled(Tensor.zeros('float64', [2], 'double'), Tensor.zeros('float64', [2], 'x'), 1);
  await assertRejects(engine.compile(double.finish('double')), /tensor double: .* float32/);
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
  const equal = new Recorder();
  const count = equal.countEqual(integers('a', 2 ** 24 + 1), integers('b', 1));
  const counts = await engine.compile(equal.finish('equal', [count]));
  await assertRejects(counts.run(), /whole numbers up to 16777216, not 16777217/);
  const one = new Recorder();
  one.addScaled(Tensor.zeros('float32', [1], 'a'), Tensor.zeros('float32', [1], 'b'), 1);
  await (await engine.compile(one.finish('one'))).run();
});

testEachMode('a kernel that is wrong here is found at its first run, and named', async (engine) => {
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
    const { engine, reason } = await chooseEngine('auto', { threads: 1, trial }, startHardware);
    assert.is(engine.name, 'wasm');
    assert.match(
      reason,
      /^the GPU is not used: a kernel is wrong on this GPU: multiply \[2, 3\], .*element 0 is 7/,
    );
    await engine.close();
  } finally {
    restore();
  }
});

testEachMode('kernels are checked once, at the first run of each', async (engine) => {
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

test('GL that keeps fewer bits than float32 has is refused', async () => {
  const restore = [
    replaceMethod(Gpu, 'open', (open) => () => open('cpu')),
    replaceMethod(DeviceArray.prototype, 'read', (read) => async () => (await read()).map(Math.trunc)),
  ];
  try {
    await assertRejects(openDevice('webgl2'), /^WebGL 2 on .*does not keep float32 numbers: -2.5 became -2$/);
  } finally {
    for (const undo of restore) undo();
  }
});

test('two kernels of one name are an error', async () => {
  const gpu = await Gpu.open('cpu');
  const kernel = { name: 'same', constants: {}, length: 1 };
  await gpu.run({ ...kernel, source: 'function () { return 1; }' }, []);
  await assertRejects(
    gpu.run({ ...kernel, source: 'function () { return 2; }' }, []),
    /gpu kernel same: two kernels have this name/,
  );
  await gpu.close();
});

test('a kernel takes at most the seven arrays that every device allows', async () => {
  const gpu = await Gpu.open('cpu');
  const arrays = [];
  for (let i = 0; i < 8; i++) arrays.push(await gpu.upload(Float32Array.of(i)));
  const source = 'function (a, b, c, d, e, f, g, h) { return a[0] + h[0]; }';
  const kernel = { name: 'eight', source, constants: {}, length: 1 };
  await assertRejects(gpu.run(kernel, arrays), /gpu kernel eight: 8 inputs; 7 are possible/);
  await gpu.close();
});

test('the version of webgpu to install is the one in package.json, in messages and in the README', () => {
  const read = (path: string): string => readFileSync(join(import.meta.dirname, '../../..', path), 'utf8');
  const { peerDependencies } = JSON.parse(read('package.json')) as { peerDependencies: { webgpu: string } };
  for (const path of ['README.md', 'src/engine/gpu/webgpu/adapter.ts']) {
    const versions = [...read(path).matchAll(/webgpu@([\d.]+\d)/g)].map((match) => match[1]);
    assert.equal(versions, [peerDependencies.webgpu], path);
  }
});

test('the engine takes no threads', async () => {
  const error = await createEngine('gpu', { threads: 2 }).catch((reason: unknown) => reason);
  assert.instance(error, EngineError);
  assert.match((error as Error).message, 'no threads to set, got 2');
});

test('adapters: their names, and which of them are software', () => {
  const real = { vendor: 'nvidia', architecture: 'hopper', device: '', description: 'NVIDIA H200' };
  assert.is(describeAdapter(real), 'nvidia hopper, NVIDIA H200');
  assert.not.ok(isSoftware(real));
  const ofDawn = { ...real, architecture: '', device: 'NVIDIA H100 80GB HBM3', description: 'NVIDIA: 580.1' };
  assert.is(describeAdapter(ofDawn), 'nvidia, NVIDIA H100 80GB HBM3');
  const software = [
    { vendor: 'google', architecture: 'swiftshader', device: '0xc0de', description: '' },
    { vendor: 'mesa', architecture: '', device: '', description: 'llvmpipe (LLVM 15.0.6, 256 bits)' },
    { vendor: 'microsoft', architecture: '', device: '', description: 'Microsoft Basic Render Driver' },
  ];
  assert.equal(software.map(isSoftware), [true, true, true]);
  assert.is(describeAdapter(software[0]!), 'google swiftshader, 0xc0de');
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

interface BufferDevice {
  createBuffer(settings: { readonly size: number; readonly usage: number }): unknown;
}

/** The device of all kernels in this process. */
async function gpuJsDevice(): Promise<BufferDevice> {
  const { WebGPUContext } = (await import('gpu.js')) as unknown as {
    WebGPUContext: { acquire(): Promise<{ device: BufferDevice }> };
  };
  return (await WebGPUContext.acquire()).device;
}

type Method = (...args: unknown[]) => unknown;

/** Puts another method in the place of one: `make` gets the original. @returns what undoes it */
function replaceMethod<T, K extends keyof T>(
  target: T,
  method: K,
  make: (original: T[K]) => T[K],
): () => void {
  const original = target[method];
  const replacement: Method = function (this: unknown, ...args) {
    const bound: Method = (...given) => (original as Method).apply(this, given);
    return (make(bound as T[K]) as Method)(...args);
  };
  target[method] = replacement as T[K];
  return () => (target[method] = original);
}

/** Calls `note` whenever a method is called. @returns what undoes it */
function spy<T, K extends keyof T>(target: T, method: K, note: () => void): () => void {
  return replaceMethod(target, method, (original) => {
    note();
    return original;
  });
}

async function assertRejects(promise: Promise<unknown>, message: RegExp): Promise<void> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.instance(error, Error);
  assert.match((error as Error).message, message);
}

test.run();
