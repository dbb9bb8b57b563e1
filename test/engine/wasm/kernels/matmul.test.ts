import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Recorder } from '../../../../src/tensor/recorder.ts';
import { EagerOps } from '../../../../src/tensor/reference/eager.ts';
import { planProgram } from '../../../../src/engine/wasm/plan/plan.ts';
import type { Target } from '../../../../src/engine/wasm/kernels/kernel.ts';
import {
  planColumns,
  planDepth,
  planOverlappingColumns,
  planRows,
  tileColumns,
} from '../../../../src/engine/wasm/kernels/matmul-tiles.ts';
import { assertClose, assertSameBits } from '../../../helpers/close.ts';
import { guardedRun } from '../../../helpers/guarded-run.ts';
import { randomTensor } from '../../../helpers/random-tensor.ts';

const targets: Readonly<Record<string, Target>> = {
  'mul and add, 128-bit tiles': { fma: false, wide: false },
  'fused multiply-add, 128-bit tiles': { fma: true, wide: false },
  'fused multiply-add, 256-bit tiles': { fma: true, wide: true },
};

interface Case {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly epilogue?: 'bias' | 'biasRelu' | 'mask';
  readonly threads?: number;
}

/** Runs a product through generated code, with guards around everything, and compares it with the reference. */
function check(
  { m, k, n, transposeA = false, transposeB = false, epilogue, threads = 1 }: Case,
  target: Target,
): ArrayLike<number> {
  const a = randomTensor('float32', transposeA ? [k, m] : [m, k], 'a');
  const b = randomTensor('float32', transposeB ? [n, k] : [k, n], 'b');
  const bias = randomTensor('float32', [n], 'bias');
  const mask = randomTensor('float32', [m, n], 'mask');
  const compute = (ops: Recorder | EagerOps) => {
    const product = ops.matmul(a, b, { transposeA, transposeB });
    if (epilogue === 'mask') return ops.elementwiseBackward(mask, product, 'relu');
    if (epilogue === undefined) return product;
    const sum = ops.addBias(product, bias);
    return epilogue === 'bias' ? sum : ops.elementwise(sum, 'relu');
  };
  const recorder = new Recorder();
  const result = compute(recorder);
  const plan = planProgram(recorder.finish('product', [result]), target, threads);
  const what = `${m}×${k}×${n} ${transposeA ? 't' : 'n'}${transposeB ? 't' : 'n'} ${epilogue ?? ''} on ${threads}`;

  const tasks = plan.phases.flat();
  assert.equal(
    tasks.map(({ name }) => name.split(' ')[0]),
    transposeB ? ['pack', 'matmul'] : ['matmul'],
    what,
  );
  assert.equal(
    tasks.at(-1)!.operations.length,
    { none: 1, bias: 2, biasRelu: 3, mask: 2 }[epilogue ?? 'none'],
    what,
  );
  for (const { kernel } of tasks.at(-1)!.calls) {
    assert.match(kernel.name, /^matmul_/);
    assert.is(
      kernel.name.endsWith(`${target.fma ? '_fma' : ''}${target.wide ? '_256' : ''}`),
      true,
      kernel.name,
    );
  }

  const inputs = new Map([a, b, bias, mask].map(({ storage, values }) => [storage, values] as const));
  const actual = guardedRun(plan, threads, inputs).get(result.storage)!;
  const expected = compute(new EagerOps()).values;
  assertClose(actual, expected, { rtol: 1e-5, atol: 1e-6 * Math.sqrt(k) }, what);
  return actual;
}

const forms = [
  {},
  { transposeA: true },
  { transposeB: true },
  { transposeA: true, transposeB: true },
] as const;

for (const [name, target] of Object.entries(targets)) {
  const width = tileColumns(target);

  test(`${name}: every remainder of m, to twice the tile and one more`, () => {
    for (const form of forms) for (let m = 1; m <= 22; m++) check({ m, k: 5, n: width + 3, ...form }, target);
  });

  test(`${name}: every remainder of n, to twice the tile and one more`, () => {
    for (const form of forms)
      for (let n = 1; n <= 2 * width + 1; n++) check({ m: 7, k: 6, n, ...form }, target);
  });

  test(`${name}: every remainder of k`, () => {
    for (const form of forms) for (let k = 1; k <= 13; k++) check({ m: 7, k, n: width + 1, ...form }, target);
  });

  test(`${name}: bias, ReLU and the mask of ReLU's backward are fused into the store`, () => {
    for (const epilogue of ['bias', 'biasRelu', 'mask'] as const) {
      for (const n of [1, 2, 3, 4, 7, 8, 10, 15, 16, 23, 33]) check({ m: 11, k: 9, n, epilogue }, target);
      check({ m: 5, k: 1100, n: 19, epilogue, transposeB: true }, target);
    }
  });

  test(`${name}: long sums in blocks, many rows in blocks`, () => {
    for (const form of forms) {
      check({ m: 13, k: 1027, n: 2 * width + 5, ...form }, target);
      check({ m: 101, k: 33, n: 2 * width + 1, ...form }, target);
    }
  });

  test(`${name}: the same bits for 1, 2, 3 and 4 threads`, () => {
    for (const form of forms) {
      const shape = { m: 30, k: 37, n: width + 7, ...form };
      const one = check(shape, target);
      for (const threads of [2, 3, 4])
        assertSameBits(check({ ...shape, threads }, target), one, `${threads} threads`);
    }
  });
}

test('tile heights cover the rows; 7, 8 and 9 are 4 + 3, 4 + 4 and 5 + 4', () => {
  assert.equal(planRows(64), [6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 4]);
  assert.equal(planRows(32), [6, 6, 6, 6, 4, 4]);
  assert.equal([7, 8, 9].map(planRows), [
    [4, 3],
    [4, 4],
    [5, 4],
  ]);
  for (let rows = 1; rows < 100; rows++)
    assert.is(
      planRows(rows).reduce((sum, height) => sum + height, 0),
      rows,
    );
});

test('blocks of k and groups of columns cover everything once', () => {
  for (const k of [1, 1023, 1024, 1025, 5000]) {
    const blocks = planDepth(k);
    assert.is(blocks[0]!.start, 0);
    for (const [index, { start, depth }] of blocks.entries())
      assert.is(start + depth, blocks[index + 1]?.start ?? k);
  }
  for (let n = 1; n < 70; n++) {
    for (const target of Object.values(targets)) {
      const groups = planColumns(n, target);
      for (const [index, { start, columns, panels }] of groups.entries()) {
        assert.is(start + columns * panels, groups[index + 1]?.start ?? n);
      }
    }
  }
});

test('where several narrow groups would be left, the last whole panel ends with the last column', () => {
  const wide = { fma: true, wide: true };
  const whole = { start: 0, columns: 16, panels: 3 };
  assert.equal(planOverlappingColumns(61, wide), [whole, { start: 45, columns: 16, panels: 1 }]);
  // one group is left, or none; or there is no whole panel
  for (const n of [48, 51, 52, 56, 13]) assert.equal(planOverlappingColumns(n, wide), planColumns(n, wide));
  for (const target of Object.values(targets)) {
    for (let n = 1; n < 70; n++) {
      const covered = new Set<number>();
      for (const { start, columns, panels } of planOverlappingColumns(n, target)) {
        for (let column = start; column < start + columns * panels; column++) covered.add(column);
      }
      assert.equal([covered.size, Math.min(...covered), Math.max(...covered)], [n, 0, n - 1]);
    }
  }
});

test.run();
