import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ladder } from '../../../bench/ladder/ladder.ts';
import { checkProduct, makeTask, type Task } from '../../../bench/ladder/measure.ts';
import { noAdapter } from '../../../bench/ladder/adapter.ts';
import type { Rung, Sizes } from '../../../bench/ladder/rung.ts';
import { testOnAdapter } from '../../helpers/gpu.ts';

/** No multiple of a tile, a vector or a block, one element, single rows and columns, and one that is larger. */
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
  const define = rung.family === 'gpu.js' ? testOnAdapter : test;
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

test('ideas have six words at most; names are those of the files, each once', () => {
  for (const { name, idea } of ladder) assert.ok(idea.split(' ').length <= 6, `${name}: ${idea}`);
  assert.is(new Set(ladder.map(({ name }) => name)).size, ladder.length);
});

test('without an adapter, the rungs on a GPU say why', async () => {
  const reason = await noAdapter();
  for (const rung of ladder.filter(({ family }) => family === 'gpu.js')) {
    assert.is(await rung.unavailable(), reason);
  }
});

test.run();
