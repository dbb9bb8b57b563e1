import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ladder } from '../../../bench/matmul/rungs.ts';
import { checkProduct, makeTask, type Task } from '../../../bench/matmul/ladder/measure.ts';
import { families, isOnGpu, type Rung, type Sizes } from '../../../bench/matmul/rung.ts';
import { testOnAdapter } from '../../helpers/gpu.ts';
import { noPackingReason } from '../../helpers/packing.ts';
import { testUnless } from '../../helpers/test-unless.ts';

/** Sizes that no tile, vector or block divides, one element, single rows and columns, and a larger product. */
const awkward: readonly Sizes[] = [
  { m: 1, k: 1, n: 1 },
  { m: 1, k: 7, n: 5 },
  { m: 6, k: 1, n: 3 },
  { m: 5, k: 9, n: 1 },
  { m: 3, k: 2, n: 17 },
  { m: 13, k: 11, n: 19 },
  { m: 37, k: 67, n: 261 },
];

async function multiply(rung: Rung, task: Task, times: number, threads: number): Promise<Float32Array> {
  const product = await rung.create(task.sizes, threads);
  try {
    await product.load(task.a, task.b);
    await product.run(times);
    return Float32Array.from(await product.read());
  } finally {
    await product.dispose();
  }
}

for (const rung of ladder) {
  const define = isOnGpu(rung) ? testOnAdapter : test;
  define(
    `${rung.name}: right for awkward sizes, run after run, against sums in double precision`,
    async () => {
      assert.is(await rung.unavailable(), null);
      for (const sizes of awkward) {
        const task = makeTask(sizes);
        for (const times of [1, 3]) checkProduct(rung.name, task, await multiply(rung, task, times, 2));
      }
    },
  );
}

for (const rung of ladder.filter(({ threaded }) => threaded)) {
  test(`${rung.name}: the same bits on 1, 2 and 3 threads, more than there are tiles`, async () => {
    const task = makeTask({ m: 9, k: 33, n: 20 });
    const alone = await multiply(rung, task, 1, 1);
    for (const threads of [2, 3, 5]) assert.equal(await multiply(rung, task, 1, threads), alone);
  });
}

testUnless(noPackingReason, 'V8 packs the rungs from 256 bits on, and none before, even if it may', () => {
  const script = join(import.meta.dirname, '../../fixtures/climb-rungs.ts');
  const packed = (...names: string[]): boolean => {
    const flags = ['--experimental-wasm-revectorize', '--trace-wasm-revectorize'];
    const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, script, ...names], {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    assert.is(status, 0, stderr);
    const nodes = [...stdout.matchAll(/Decided to vectorize, (\d+) revectorizable nodes/g)];
    // smaller trees are those of the proof that V8 packs
    return nodes.some(([, count]) => Number(count) > 20);
  };
  assert.is(packed('09-256-bit'), true);
  assert.is(packed('10-threads'), true);
  assert.is(packed('07-tile', '08-relaxed-fma'), false);
});

test('ideas have at most six words; a rung has the name of its file, a kernel of weft a name with engine-', () => {
  const folder = join(import.meta.dirname, '../../../bench/matmul');
  const files = globSync('[0-9]*.ts', { cwd: folder }).map((file) => file.slice(0, -3));
  const names = ladder.map(({ name }) => name);
  assert.equal(
    names.filter((name) => !name.startsWith('engine-')),
    files.toSorted(),
  );
  assert.is(new Set(names).size, names.length);
  for (const { name, idea } of ladder) assert.ok(idea.split(' ').length <= 6, `${name}: ${idea}`);
});

test('each family ends with the kernels of weft itself, except the one that weft has moved on from', () => {
  for (const family of families) {
    const own = ladder.filter((rung) => rung.family === family).map(({ name }) => name.startsWith('engine-'));
    assert.is(own.at(-1), family !== 'gpu.js', family);
    assert.equal(
      own,
      own.toSorted((x, y) => Number(x) - Number(y)),
      family,
    );
  }
});

test('the numbered rungs can be read alone: none imports another', () => {
  const folder = join(import.meta.dirname, '../../../bench/matmul');
  for (const file of globSync('[0-9]*.ts', { cwd: folder })) {
    const text = readFileSync(join(folder, file), 'utf8');
    assert.not.match(text, /'\.\/\d/, file);
    const lines = text.split('\n').length - 1;
    assert.ok(lines <= 130, `${file} has ${lines} lines`);
  }
});

test.run();
