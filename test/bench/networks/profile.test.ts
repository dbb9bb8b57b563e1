import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { summarizeTasks } from '../../../bench/networks/profile.ts';
import { Recorder } from '../../../src/tensor/recorder.ts';
import { Tensor } from '../../../src/tensor/tensor.ts';
import { WasmEngine } from '../../../src/engine/wasm/engine.ts';
import type { WasmExecutable } from '../../../src/engine/wasm/executable.ts';
import { assertSameBits } from '../../helpers/close.ts';
import { randomTensor } from '../../helpers/random-tensor.ts';

const x = randomTensor('float32', [4, 5], 'x');
const sum = Tensor.zeros('float32', [6], 'sum');

/** The sum over the rows of relu(x·W + b): a fused product and a sum. */
function compile(engine: WasmEngine): Promise<WasmExecutable> {
  const ops = new Recorder();
  const product = ops.matmul(x, randomTensor('float32', [5, 6], 'w'));
  ops.sumRows(ops.elementwise(ops.addBias(product, randomTensor('float32', [6], 'b')), 'relu'), { out: sum });
  return engine.compile(ops.finish('test'));
}

test('the tasks of a program, run one after the other, compute the same as the program', async () => {
  const engine = await WasmEngine.start({ threads: 1 });
  const executable = await compile(engine);
  await executable.run();
  const atFirst = await engine.read(sum);
  const others = x.values.map((value) => 0.5 - value);
  engine.write(x, others);
  await executable.run();
  const expected = await engine.read(sum);
  engine.write(x, x.values);
  await executable.run();
  assertSameBits(await engine.read(sum), atFirst);

  engine.write(x, others);
  for (const index of executable.tasks.keys()) executable.runTask(index);
  assertSameBits(await engine.read(sum), expected);
  assert.not.equal([...expected], [...atFirst]);
  await engine.close();
});

test('rows: slowest first, medians and bests, shares of the sum, GFLOP/s of products', async () => {
  const engine = await WasmEngine.start({ threads: 1 });
  const { tasks } = await compile(engine);
  await engine.close();
  assert.is(tasks.length, 2);
  const summary = summarizeTasks(tasks, [
    [0.3, 0.1, 0.2],
    [0.6, 0.7, 0.5],
  ]);
  assert.equal(
    summary.tasks.map(({ operations }) => operations),
    [['sumRows'], ['matmul', 'addBias', 'relu']],
  );
  assert.equal(
    summary.tasks.map(({ shapes }) => shapes),
    ['4×6 → 6', '4×5, 5×6 → 4×6'],
  );
  const [slow, product] = summary.tasks;
  assert.equal(slow!.milliseconds, { median: 0.6, best: 0.5 });
  assert.equal(product!.milliseconds, { median: 0.2, best: 0.1 });
  assert.is(summary.sumMilliseconds.toFixed(6), '0.800000');
  assert.equal(
    summary.tasks.map(({ share }) => share.toFixed(6)),
    ['0.750000', '0.250000'],
  );
  // 2·4·5·6 = 240 operations in 0.2 ms, and in the sum of 0.8 ms
  assert.is(slow!.gflops, null);
  assert.is(product!.gflops!.toFixed(9), '0.001200000');
  assert.is(summary.sumGflops.toFixed(9), '0.000300000');
});

test('a task of several operations shows what goes into the first and what comes out of the last', async () => {
  const engine = await WasmEngine.start({ threads: 1 });
  const { tasks } = await compile(engine);
  await engine.close();
  const fused = { ...tasks[0]!, operations: tasks.flatMap(({ operations }) => operations) };
  const preparation = { ...tasks[0]!, operations: [] };
  const { tasks: rows } = summarizeTasks([fused, preparation], [[2], [1]]);
  assert.equal(
    rows.map(({ shapes }) => shapes),
    ['4×5, 5×6 → 6', ''],
  );
});

test.run();
