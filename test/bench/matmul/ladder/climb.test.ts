import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { chooseRungs } from '../../../../bench/matmul/ladder/ladder.ts';
import {
  climb,
  headlineSize,
  type LadderResult,
  peakShare,
  type RungResult,
  timesNaive,
} from '../../../../bench/matmul/ladder/climb.ts';
import {
  checkProduct,
  makeTask,
  measureRung,
  multiplyInDoublePrecision,
  type Patience,
  WrongResult,
} from '../../../../bench/matmul/ladder/measure.ts';
import { ladder } from '../../../../bench/matmul/rungs.ts';
import type { Rung } from '../../../../bench/matmul/rung.ts';
import { describeConditions, ladderTable, remarks } from '../../../../bench/matmul/ladder/table.ts';
import { UsageError } from '../../../../src/cli/framework/usage-error.ts';

const patience: Patience = { warmUp: 0, sample: 0, samples: 3, total: 1, longest: 4 };

interface Log {
  readonly runs: number[];
  disposed: number;
}

/** A rung whose element `[row, column]`, if given, is wrong from its `from`-th run on. */
function plant(name: string, wrong?: { row: number; column: number; from: number }): Rung & { log: Log } {
  const log: Log = { runs: [], disposed: 0 };
  return {
    name,
    family: 'TypeScript',
    idea: 'for tests',
    log,
    unavailable: () => null,
    create({ m, k, n }) {
      let c = new Float32Array(m * n);
      let operands: [Float32Array, Float32Array] = [c, c];
      return {
        load: (a, b) => void (operands = [a, b]),
        run(times) {
          log.runs.push(times);
          c = Float32Array.from(multiplyInDoublePrecision(...operands, { m, k, n }));
          if (wrong && log.runs.length >= wrong.from) c[wrong.row * n + wrong.column]! += 0.25;
        },
        read: () => c,
        dispose: () => void (log.disposed += 1),
      };
    },
  };
}

test('the check: sums in double precision, against numbers worked by hand', () => {
  const [a, b] = [Float32Array.of(1, 2, 3, 4, 5, 6), Float32Array.of(7, 8, 9, 10, 11, 12)];
  assert.equal([...multiplyInDoublePrecision(a, b, { m: 2, k: 3, n: 2 })], [58, 64, 139, 154]);
  assert.equal([...multiplyInDoublePrecision(a, b, { m: 1, k: 2, n: 3 })], [27, 30, 33]);
});

test('a wrong element is named with row, column, both values and the sizes, also if it was never written', () => {
  const task = makeTask({ m: 3, k: 5, n: 4 });
  const c = Float32Array.from(task.expected);
  checkProduct('right', task, c);
  c[6] = 2;
  const right = task.expected[6];
  assert.throws(
    () => checkProduct('planted', task, c),
    (error: Error) =>
      error instanceof WrongResult &&
      error.message.startsWith(
        `planted: wrong result for 3×5×4, not timed: C[1, 2] is 2, expected ${right} ± `,
      ),
  );
  c.set(task.expected);
  c[11] = NaN;
  assert.throws(() => checkProduct('planted', task, c), /C\[2, 3\] is NaN/);
  c.set(task.expected);
  const longer = Float32Array.of(...c, 0);
  assert.throws(() => checkProduct('planted', task, longer), /C has 13 elements, expected 12/);
});

test('a rung that is wrong is not timed; one that becomes wrong while it is timed has no speed; both are freed', async () => {
  const atOnce = plant('at once', { row: 0, column: 0, from: 1 });
  const later = plant('later', { row: 1, column: 1, from: 3 });
  for (const rung of [atOnce, later]) {
    let message = '';
    await measureRung(rung, makeTask({ m: 2, k: 3, n: 4 }), 1, patience).catch((error: unknown) => {
      assert.instance(error, WrongResult);
      message = (error as Error).message;
    });
    assert.match(message, `${rung.name}: wrong result for 2×3×4`);
    assert.is(rung.log.disposed, 1);
  }
  assert.equal(atOnce.log.runs, [1]);
  assert.is(later.log.runs.length, 1 + 3);
});

test('samples: as many as asked for, or as many as fit into the time, and at least one', async () => {
  const task = makeTask({ m: 8, k: 8, n: 8 });
  const rung = plant('right');
  const { samples, median, p10, p90, best } = await measureRung(rung, task, 1, { ...patience, samples: 5 });
  assert.is(samples, 5);
  assert.is(rung.log.runs.length, 1 + 5);
  assert.ok(best >= p90 && p90 >= median && median >= p10 && p10 > 0);
  assert.is((await measureRung(rung, task, 1, { ...patience, total: 0 })).samples, 1);
  assert.is(rung.log.disposed, 2);
});

test('climb: what cannot run, takes too long or is wrong has a reason; the first rung is always measured', async () => {
  const measured: string[] = [];
  const done: string[] = [];
  const missing: Rung = { ...plant('missing'), unavailable: () => 'no such thing here' };
  const rungs = [
    plant('slow'),
    plant('also slow'),
    missing,
    { ...missing, name: 'also missing' },
    plant('wrong', { row: 0, column: 0, from: 1 }),
    plant('last'),
  ];
  const result = await climb(rungs.slice(0, 4), {
    conditions: { machine: { cpu: 'A' }, otherWork: { busyCores: 0.75, delay: 1 } },
    sizes: [65],
    threads: 3,
    // any product takes longer than this
    patience: { ...patience, longest: 0 },
    onMeasure: ({ name }, size) => measured.push(`${name} ${size}`),
    onRung: ({ name }) => done.push(name),
  });
  assert.equal(measured, ['slow 65', 'also slow 65']);
  assert.equal(done, ['slow', 'also slow', 'missing', 'also missing']);
  assert.equal([result.machine, result.otherWork.busyCores], [{ cpu: 'A' }, 0.75]);
  const [slow, alsoSlow, absent] = result.rungs;
  assert.ok('gflops' in slow!.speeds[0]!);
  assert.equal(alsoSlow!.speeds, [{ size: 65, skipped: 'a product would take about 1 s' }]);
  assert.equal(absent!.speeds, []);
  assert.equal(remarks(result), [
    'missing, also missing: skipped, no such thing here',
    'also slow: skipped for n = 65, a product would take about 1 s',
  ]);

  const options = {
    conditions: { machine: {}, otherWork: { busyCores: 0, delay: 1 } },
    sizes: [3, 4],
    threads: 3,
    patience,
    onMeasure: () => {},
    onRung: () => {},
  };
  const withWrong = await climb([rungs[0]!, ...rungs.slice(4)], options);
  const [, wrong, last] = withWrong.rungs;
  assert.equal(
    wrong!.speeds.map((speed) => Object.keys(speed).join()),
    ['size,wrong', 'size,wrong'],
  );
  assert.is(remarks(withWrong).length, 2);
  assert.match(remarks(withWrong)[1]!, /^wrong: wrong result for 4×4×4, not timed: C\[0, 0\] is /);
  assert.ok(last!.speeds.every((speed) => 'gflops' in speed));
});

function rungResult(name: string, gflops: readonly number[], parts: Partial<RungResult> = {}): RungResult {
  const speeds = gflops.map((median, index) => {
    return {
      size: [256, 512, 1024][index]!,
      gflops: { median, p10: median, p90: median, best: median, samples: 1 },
    };
  });
  return { name, family: 'WebAssembly', idea: 'an idea', threads: 1, unavailable: null, speeds, ...parts };
}

const result: LadderResult = {
  machine: { cpu: 'A', cores: 2, platform: 'linux x64', node: '26', v8: '14' },
  otherWork: { busyCores: 0, delay: 1 },
  threads: 2,
  peakGflops: 100,
  peakLanes: 8,
  adapter: { name: 'an adapter', software: true },
  sizes: [256, 512, 1024],
  rungs: [
    rungResult('01-naive', [2, 0.5, 0.25], { family: 'TypeScript' }),
    rungResult('10-threads', [50, 120, 180], { threads: 2 }),
    rungResult('13-gpu-resident', [5, 10, 20], { family: 'gpu.js' }),
    rungResult('engine-wasm', [], { unavailable: 'not here' }),
  ],
};

test('shares of the peak and ratios: at 512 if it was measured, of all threads, none for a GPU', () => {
  const [naive, threads, gpu, absent] = result.rungs;
  assert.is(headlineSize(result), 512);
  assert.is(headlineSize({ ...result, sizes: [64, 256, 128] }), 256);
  assert.is(peakShare(result, naive!, 512), 0.005);
  assert.is(peakShare(result, threads!, 512), 0.6);
  assert.is(peakShare(result, gpu!, 512), undefined);
  assert.is(timesNaive(result, threads!, 512), 240);
  assert.is(timesNaive(result, threads!, 256), 25);
  assert.is(timesNaive(result, absent!, 512), undefined);
});

test('the table in Markdown: links to the files, a dash for a missing speed, no line for a rung that did not run', () => {
  assert.equal(ladderTable(result, '../bench/matmul').split('\n'), [
    '| rung | idea | n = 256 | n = 512 | n = 1024 | % of peak, 512 | × naive, 512 | multiply-adds a cycle, 512 |',
    '| --- | --- | --: | --: | --: | --: | --: | --: |',
    '| [01-naive](../bench/matmul/01-naive.ts) | an idea | 2.0 | 0.50 | 0.25 | 0.50 | 1.0 | 0.08 |',
    '| [10-threads](../bench/matmul/10-threads.ts) | an idea | 50.0 | 120 | 180 | 60 | 240 | 9.6 |',
    '| [13-gpu-resident](../bench/matmul/13-gpu-resident.ts) | an idea | 5.0 | 10.0 | 20.0 | – | 20.0 | – |',
  ]);
});

test('conditions: machine, threads, peak, and that an adapter is software', () => {
  const lines = describeConditions(result);
  assert.match(lines[0]!, 'A, 2 cores, linux x64, Node 26, V8 14; on 2 threads');
  assert.match(lines[1]!, '100.0 GFLOP/s');
  assert.equal(lines.slice(2), [
    'on a GPU: WebGPU, an adapter',
    'this adapter is software, or may be: these figures are of the processor, not of a GPU',
  ]);
  assert.is(describeConditions({ ...result, adapter: { name: 'an adapter', software: false } }).length, 3);
  assert.is(describeConditions({ ...result, adapter: null, peakGflops: null }).length, 1);
});

test('rungs by number, name and both, in the order of the ladder; the first is always there', () => {
  const names = (...words: string[]) => chooseRungs(ladder, words).map(({ name }) => name);
  assert.equal(names('engine-wasm', '9,07', 'simd'), [
    '01-naive',
    '06-simd',
    '07-tile',
    '09-256-bit',
    'engine-wasm',
  ]);
  assert.throws(
    () => names('tyle'),
    (error: Error) =>
      error instanceof UsageError &&
      error.message.startsWith('--rungs: there is no rung "tyle"; did you mean tile? there are 01-naive, '),
  );
});

test.run();
