import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createEngine, type EngineName, matmul, Recorder, ShapeError, Tensor } from '../../src/index.ts';
import type { EngineOptions } from '../../src/engine/create-engine.ts';
import { GlEngine } from '../../src/engine/gpu/gl/engine.ts';
import { WebGpuEngine } from '../../src/engine/gpu/webgpu/engine.ts';
import { GpuThreshold } from '../../src/engine/gpu-threshold.ts';
import { KeptProducts } from '../../src/engine/kept-products.ts';
import { type MatmulMachine, multiply } from '../../src/engine/matmul.ts';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import { assertClose } from '../helpers/close.ts';
import { testOnAdapter } from '../helpers/gpu.ts';
import { randomTensor } from '../helpers/random-tensor.ts';

const close = { rtol: 1e-5, atol: 1e-5 };

/** By hand, and against the reference in all four forms. */
async function checkProducts(engine: Parameters<typeof matmul>[2] & object): Promise<void> {
  const a = { values: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] };
  const b = { values: Float32Array.of(7, 8, 9, 10, 11, 12), shape: [3, 2] };
  const c = await matmul(a, b, engine);
  assert.instance(c, Tensor);
  assert.equal(c.shape, [2, 2]);
  assert.is(c.dtype, 'float32');
  assert.equal([...c.values], [58, 64, 139, 154]);
  for (const transposeA of [false, true]) {
    for (const transposeB of [false, true]) {
      const x = randomTensor('float32', transposeA ? [37, 5] : [5, 37], 'x');
      const y = randomTensor('float32', transposeB ? [9, 37] : [37, 9], 'y');
      const expected = new EagerOps().matmul(x, y, { transposeA, transposeB });
      const product = await matmul(x, y, { ...engine, transposeA, transposeB });
      assert.equal(product.shape, [5, 9]);
      assertClose(product.values, Array.from(expected.values), close, `${transposeA} ${transposeB}`);
    }
  }
}

for (const engine of ['auto', 'reference', 'wasm'] as const satisfies readonly EngineName[]) {
  test(`a product on ${engine}`, () => checkProducts({ engine }));
}

test('a product on the engine that is chosen when none is named', () => checkProducts({}));

testOnAdapter('a product on gpu', () => checkProducts({ engine: 'gpu' }));

test('an engine that is given stays open, and its values of a tensor are the true ones', async () => {
  for (const engine of [
    await createEngine('wasm', { threads: 1 }),
    await createEngine('reference'),
    await GlEngine.startOnCpu(),
  ]) {
    const close = engine.close.bind(engine);
    let closed = 0;
    engine.close = () => {
      closed += 1;
      return close();
    };
    await checkProducts({ engine });
    const x = Tensor.from('float32', [1, 2], Float32Array.of(1, 10), 'x');
    const y = Tensor.from('float32', [2, 1], Float32Array.of(1, 1), 'y');
    assert.equal([...(await matmul(x, y, { engine })).values], [11], engine.name);
    const ops = new Recorder();
    ops.addScaled(x, x, 1);
    await (await engine.compile(ops.finish('double'))).run();
    assert.equal([...(await matmul(x, y, { engine })).values], [22], engine.name);
    assert.is(closed, 0, engine.name);
    await engine.close();
  }
});

test('operands that are not changed, and a result that is the caller’s own', async () => {
  const a = Tensor.from('float32', [1, 1], Float32Array.of(3), 'a');
  const square = await matmul(a, a, { engine: 'reference' });
  square.values[0] = 7;
  assert.equal([...a.values], [3]);
  assert.equal([...(await matmul(a, a, { engine: 'reference' })).values], [9]);
});

test('what cannot be multiplied: the operand, its shape and what is wrong', async () => {
  const matrix = { values: new Float32Array(6), shape: [2, 3] };
  const double = Tensor.zeros('float64', [3, 2], 'w');
  const ops = new Recorder();
  const part = ops.elementwise(randomTensor('float32', [3, 2], 'x'), 'relu');
  for (const [b, kind, message] of [
    [matrix, ShapeError, 'matmul: inner sizes differ: A [2, 3] has k=3, B [2, 3] has k=2'],
    [{ values: new Float32Array(3), shape: [3] }, ShapeError, 'matmul: B: expected 2 dimensions, got [3]'],
    [
      { values: new Float32Array(5), shape: [3, 2] },
      ShapeError,
      'tensor B: shape [3, 2] has 6 elements, its values 5',
    ],
    [
      { values: [1, 2, 3] as unknown as Float32Array, shape: [3, 1] },
      TypeError,
      'matmul: the values of B are no Float32Array; Float32Array.from(…) makes one',
    ],
    [double, TypeError, 'matmul: B, tensor w [3, 2], is float64, not float32'],
    [part, Error, 'matmul: B, tensor %0 [3, 2], is part of a program: use engine.read'],
  ] as const) {
    const error = await matmul(matrix, b).then(
      () => null,
      (reason: unknown) => reason,
    );
    assert.instance(error, kind);
    assert.is((error as Error).message, message);
  }
});

/** A machine whose GPU always wins. */
function winningGpu(): MatmulMachine {
  const kept = (name: EngineName, options: EngineOptions): KeptProducts =>
    new KeptProducts(() => createEngine(name, options));
  return {
    threshold: new GpuThreshold({
      hasHardware: () => Promise.resolve(true),
      time: (_size, on) => Promise.resolve(on === 'gpu' ? 1 : 2),
    }),
    gpu: kept('gpu', { measure: false }),
    threads: kept('wasm', { threads: 2 }),
    oneThread: kept('wasm', { threads: 1 }),
  };
}

async function closeAll({ gpu, threads, oneThread }: MatmulMachine): Promise<void> {
  await Promise.all([gpu.close(), threads.close(), oneThread.close()]);
}

/** Runs `body` while `on` starts engines on WebGPU. */
async function withStart(on: typeof WebGpuEngine.on, body: () => Promise<void>): Promise<void> {
  const start = WebGpuEngine.on.bind(WebGpuEngine);
  WebGpuEngine.on = on;
  try {
    await body();
  } finally {
    WebGpuEngine.on = start;
  }
}

testOnAdapter('auto: the GPU computes what is large enough for it, and nothing else', async () => {
  const start = WebGpuEngine.on.bind(WebGpuEngine);
  let started = 0;
  const count: typeof start = (adapter, options) => {
    started += 1;
    return start(adapter, options);
  };
  await withStart(count, async () => {
    const machine = winningGpu();
    const half = { values: new Float32Array(512 * 512).fill(0.5), shape: [512, 512] };
    const c = await multiply(half, half, {}, machine);
    assert.ok(c.values.every((value) => value === 128));
    assert.is(started, 1);
    await multiply(half, half, { engine: 'wasm' }, machine);
    const less = { values: new Float32Array(511 * 512).fill(0.5), shape: [511, 512] };
    await multiply(less, half, {}, machine);
    await multiply(half, half, {}, machine);
    assert.is(started, 1);
    await closeAll(machine);
  });
});

test('auto: what is too large for the GPU is computed by another engine', async () => {
  const k = 2 ** 21;
  const a = { values: new Float32Array(9 * k).fill(1), shape: [9, k] };
  const tooLarge = (): Promise<never> => Promise.reject(new Error('A: the GPU binds 16 bytes at most'));
  await withStart(tooLarge, async () => {
    const machine = winningGpu();
    const c = await multiply(a, a, { transposeB: true }, machine);
    assert.equal(c.shape, [9, 9]);
    assert.ok(c.values.every((value) => value === k));
    const named = { transposeB: true, engine: 'gpu' } as const;
    const error = await multiply(a, a, named, machine).catch((reason: unknown) => reason);
    assert.instance(error, Error);
    await closeAll(machine);
  });
});

test('auto: a product for which the GPU could matter is right, whatever computes it', async () => {
  const a = { values: new Float32Array(512 * 512).fill(0.5), shape: [512, 512] };
  const first = await matmul(a, a);
  const second = await matmul(a, a);
  assert.ok(first.values.every((value) => value === 128));
  assert.ok(second.values.every((value) => value === 128));
});

test('the process ends although the engines of its products stay open', () => {
  const library = JSON.stringify(join(import.meta.dirname, '../../src/index.ts'));
  const code = `
    const { matmul } = await import(${library});
    const square = { values: new Float32Array(256 * 256).fill(0.5), shape: [256, 256] };
    await matmul(square, square, { engine: 'wasm' });
    await matmul(square, square, { engine: 'wasm' });
    console.log('done');`;
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.is(stdout, 'done\n');
  assert.is(status, 0);
});

test.run();
