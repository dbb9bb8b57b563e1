import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Recorder } from '../../../src/tensor/recorder.ts';
import { EagerOps } from '../../../src/tensor/reference/eager.ts';
import { Tensor } from '../../../src/tensor/tensor.ts';
import { WasmEngine } from '../../../src/engine/wasm/engine.ts';
import { Team } from '../../../src/engine/wasm/threads/team.ts';
import { oneThreadReason } from '../../../src/engine/wasm/features.ts';
import { assertClose, assertSameBits } from '../../helpers/close.ts';
import { randomTensor } from '../../helpers/random-tensor.ts';
import { testUnless } from '../../helpers/test-unless.ts';
import { trainSteps } from '../../helpers/train-steps.ts';

const steps = 50;
const fast = trainSteps({ engine: 'wasm', threads: 1, steps });

test('50 steps of training agree with the reference: losses to 1e-4, weights to 1e-3', () => {
  const plain = trainSteps({ engine: 'reference', steps });
  assertClose(fast.losses, plain.losses, { rtol: 1e-4, atol: 0 }, 'loss');
  assertClose(fast.weights, plain.weights, { rtol: 0, atol: 1e-3 }, 'weight');
  assert.ok(fast.losses.at(-1)! < 0.95 * fast.losses[0]!, 'it learns');
});

test('the weights are bit-identical for 1, 2 and 4 threads', () => {
  for (const threads of [2, 4]) {
    const several = trainSteps({ engine: 'wasm', threads, steps });
    assert.match(several.description, new RegExp(`${threads} threads`));
    assert.is(several.hash, fast.hash, `${threads} threads`);
  }
});

for (const network of ['cnn', 'images'] as const) {
  const what = { cnn: 'the CNN in small', images: 'a network with every layer' }[network];
  test(`20 steps of ${what}: as the reference, bit-identical for 1 to 3 threads, and as threads come and go`, () => {
    checkSteps(network);
  });
}

function checkSteps(network: 'cnn' | 'images'): void {
  const run = (engine: 'reference' | 'wasm', threads: number) =>
    trainSteps({ network, engine, threads, steps: 20 });
  const [plain, single] = [run('reference', 1), run('wasm', 1)];
  assertClose(single.losses, plain.losses, { rtol: 1e-4, atol: 0 }, 'loss');
  assertClose(single.weights, plain.weights, { rtol: 0, atol: 1e-3 }, 'weights and running averages');
  assertClose([single.evaluation], [plain.evaluation], { rtol: 1e-4, atol: 0 }, 'evaluation');
  assert.ok(single.losses.at(-1)! < 0.9 * single.losses[0]!, 'it learns');
  for (const threads of [2, 3]) {
    const several = run('wasm', threads);
    assert.is(several.hash, single.hash, `${threads} threads`);
    assert.is(several.evaluation, single.evaluation, `${threads} threads`);
  }
  const changing = trainSteps({
    network,
    engine: 'wasm',
    threads: 4,
    teams: [4, 1, 2, 2, 3, 1, 4],
    steps: 20,
  });
  assert.is(changing.hash, single.hash, 'as threads come and go');
  assert.is(changing.evaluation, single.evaluation, 'as threads come and go');
}

test('the number of threads may change before any step: a thousand steps have the bits of one thread', () => {
  const few = { engine: 'wasm', steps: 1000 } as const;
  const single = trainSteps({ ...few, threads: 1 });
  assert.is(trainSteps({ ...few, threads: 3, teams: [3, 1, 2] }).hash, single.hash);
  assert.is(trainSteps({ ...few, threads: 2, teams: [2, 1] }).hash, single.hash);
});

test('with and without 256-bit packing the bits are the same', () => {
  const narrow = trainSteps({ engine: 'wasm', threads: 2, steps, revectorize: false });
  assert.match(narrow.description, /128-bit with fused multiply-add/);
  assert.is(narrow.hash, fast.hash);
});

test('without relaxed SIMD it trains all the same', () => {
  const plain = trainSteps({ engine: 'wasm', threads: 1, steps, relaxedSimd: false });
  assert.match(plain.description, /128-bit, 1 thread/);
  assertClose(plain.losses, fast.losses, { rtol: 1e-4, atol: 0 }, 'loss');
});

test('without shared memory it runs on one thread and says so', () => {
  const alone = trainSteps({ engine: 'wasm', threads: 4, steps, withoutSharedMemory: true });
  assert.match(alone.description, /1 thread \(no shared memory here\)/);
  assert.is(alone.hash, fast.hash);
});

test('the reason for one thread is the true one, also in a page that has shared memory', () => {
  assert.is(oneThreadReason({ host: 'node', hasSharedMemory: true }), null);
  assert.is(oneThreadReason({ host: 'node', hasSharedMemory: false }), 'no shared memory here');
  const inPage = { host: 'page', hasSharedMemory: true, hasWorkers: true } as const;
  assert.is(oneThreadReason(inPage), null);
  assert.is(
    oneThreadReason({ ...inPage, hasSharedMemory: false }),
    'the page is not isolated: its server sends no COOP and COEP headers',
  );
  assert.is(oneThreadReason({ ...inPage, hasWorkers: false }), 'this browser has no workers in workers');
});

const busyTest = 'on a busy machine it works on fewer threads, says so once, and its description is true';
testUnless(availableParallelism() > 1 ? null : 'this machine has one core', busyTest, checkBusy);

async function checkBusy(): Promise<void> {
  const usual = Object.getOwnPropertyDescriptor(Team.prototype, 'observe')!;
  const observe = usual.value as Team['observe'];
  // a machine on which runs take longer on more threads
  const value = function (this: Team, program: number): void {
    observe.call(this, program, 60 * this.size ** 2, 0);
  };
  Object.defineProperty(Team.prototype, 'observe', { ...usual, value });
  try {
    const notices: string[] = [];
    const onNotice = (notice: string): void => void notices.push(notice);
    const adapting = await WasmEngine.start({ onNotice });
    const fixed = await WasmEngine.start({ threads: 2, onNotice });
    const { threads } = adapting;
    for (const engine of [adapting, fixed]) {
      const x = Tensor.zeros('float32', [64, 64], 'x');
      const ops = new Recorder();
      const executable = await engine.compile(ops.finish('product', [ops.matmul(x, x)]));
      for (let run = 0; run < 500; run++) await executable.run();
    }
    assert.equal(notices, [
      `other programs keep the cores busy: working on 1 thread for now (${threads} when they are free)`,
    ]);
    assert.match(adapting.description, new RegExp(`, 1 to ${threads} threads$`));
    assert.is(adapting.threads, threads);
    assert.match(fixed.description, /, 2 threads$/);
    await adapting.close();
    await fixed.close();
  } finally {
    Object.defineProperty(Team.prototype, 'observe', usual);
  }
}

test('threads: a failure in a worker becomes the error of run, and of every later run', async () => {
  const engine = await WasmEngine.start({ threads: 2 });
  const images = Tensor.zeros('uint8', [3, 16], 'images');
  const indices = Tensor.zeros('int32', [64], 'indices');
  const ops = new Recorder();
  const y = ops.gatherImages(images, indices, 1);
  const executable = await engine.compile(ops.finish('gather', [y]));
  await executable.run();
  // the second half of the rows belongs to the worker: an index far outside of all memory
  engine.write(
    indices,
    Int32Array.from({ length: 64 }, (_, i) => (i < 32 ? 0 : 2 ** 26)),
  );
  for (let attempt = 0; attempt < 2; attempt++) {
    const error = await executable.run().catch((reason: unknown) => reason);
    assert.instance(error, Error);
    assert.match((error as Error).message, /worker thread 1 (failed: .*memory access out of bounds|ended)/);
  }
  await engine.close();
});

test('threads: more of them than cores, and engines that are never closed, end with the process', () => {
  const code = `
    const { WasmEngine } = await import(${JSON.stringify(join(import.meta.dirname, '../../../src/engine/wasm/engine.ts'))});
    await WasmEngine.start({ threads: 9 });
    console.log('started');`;
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.is(stdout, 'started\n');
  assert.is(status, 0);
});

test('programs of one engine share its weights, and keep their own results', async () => {
  const engine = await WasmEngine.start({ threads: 2 });
  const weight = Tensor.from('float32', [2], Float32Array.of(1, 2), 'weight');
  const big = randomTensor('float32', [300, 40], 'big');
  const update = new Recorder();
  update.addScaled(weight, weight, 1);
  const double = await engine.compile(update.finish('double'));
  const read = new Recorder();
  const copy = read.elementwise(weight, 'relu');
  const sum = read.sumRows(read.elementwise(big, 'relu'));
  const look = await engine.compile(read.finish('look', [copy, sum]));
  await double.run();
  await double.run();
  await look.run();
  assert.equal([...(await engine.read(copy))], [4, 8]);
  assertClose(
    await engine.read(sum),
    new EagerOps().sumRows(new EagerOps().elementwise(big, 'relu')).values,
    {
      rtol: 1e-5,
      atol: 0,
    },
  );
  engine.write(weight, [-3, 5]);
  await look.run();
  assert.equal([...(await engine.read(copy))], [0, 5]);
  assert.equal([...weight.values], [1, 2], 'the host tensor is not touched');
  await engine.close();
});

test('random numbers: the values of a run are bit-identical to the reference where only integers decide', async () => {
  const engine = await WasmEngine.start({ threads: 2 });
  const step = Tensor.from('int32', [1], Int32Array.of(9), 'step');
  const constants = { rate: 0.5, seed: 3, stream: 4 };
  const ops = new Recorder();
  const mask = ops.dropoutMask('float32', [64, 31], step, constants);
  const executable = await engine.compile(ops.finish('mask', [mask]));
  await executable.run();
  assertSameBits(
    await engine.read(mask),
    new EagerOps().dropoutMask('float32', [64, 31], step, constants).values,
  );
  await engine.close();
});

test.run();
