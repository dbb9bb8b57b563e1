import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { benchLibraries, type RaceResult } from '../../../bench/race/race.ts';
import { allLibraries, type Library, libraryNamed, missing } from '../../../bench/libraries/libraries.ts';
import {
  AgreementError,
  checkNetwork,
  type Contender,
  raceContenders,
  untimed,
} from '../../../bench/race/contenders.ts';

const bounds = { logitBound: 0.01, lossBounds: [0.01, 0.01, 0.01], seconds: 60 };
const expected = { ...bounds, logits: [0.5, -0.25], losses: [2.3, 2.2, 2.1] };

/** A network with given logits and losses, which counts its steps. */
function network(logits: number[], losses: (number | null)[]) {
  let steps = 0;
  return {
    logits: () => Promise.resolve(logits),
    run: (batches: number) => Promise.resolve({ seconds: 1, images: 64 * batches, loss: losses[steps++]! }),
    steps: () => steps,
  };
}

async function refusal(checked: Promise<void>): Promise<string> {
  const error = await checked.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.instance(error, AgreementError);
  assert.is(untimed('x', error).status, 'disagrees');
  return (error as Error).message;
}

test('logits and the losses of the first steps must agree before a network is timed', async () => {
  const fine = network([0.505, -0.25], [2.3, 2.205, 2.1]);
  await checkNetwork(fine, expected, { name: 'fine' });
  assert.is(fine.steps(), 3);

  const wrong = network([0.52, -0.25], [2.3, 2.2, 2.1]);
  assert.match(
    await refusal(checkNetwork(wrong, expected, { name: 'wrong' })),
    /^wrong: logits: wrong result, not timed: element 0 is 0.52, expected 0.5/,
  );
  assert.is(wrong.steps(), 0);

  const otherStep = network([0.5, -0.25], [2.3, 2.22, 2.1]);
  assert.match(
    await refusal(checkNetwork(otherStep, expected, { name: 'x' })),
    /^x: loss of step 2: wrong result/,
  );
  for (const loss of [null, NaN]) {
    const none = network([0.5, -0.25], [2.3, 2.2, loss]);
    assert.match(
      await refusal(checkNetwork(none, expected, { name: 'x' })),
      /^x: loss of step 3: wrong result/,
    );
  }
});

test('a slow contender is checked for two steps; one with another loss by its outputs, rectified if it says so', async () => {
  const slow = network([0.5, -0.25], [2.3, 2.2, 9]);
  await checkNetwork(slow, { ...expected, seconds: -1 }, { name: 'slow' });
  assert.is(slow.steps(), 2);

  const other = network([0.5, 0], [null]);
  await checkNetwork(other, expected, { name: 'other', rectified: true, differs: 'has another loss' });
  assert.is(other.steps(), 0);
  const negative = network([0.5, -0.25], []);
  await refusal(
    checkNetwork(negative, expected, { name: 'x', rectified: true, differs: 'has another loss' }),
  );
});

test('a library that is not installed is named with the command that installs it', () => {
  const empty = mkdtempSync(join(tmpdir(), 'weft-'));
  try {
    const places = { python: '/no/such/python', packages: empty };
    const reasons = new Map(allLibraries.map((library) => [library.name, missing(library, places)]));
    assert.is(reasons.get('weft'), null);
    assert.is(reasons.get('jax-js wasm'), '@jax-js/jax is not installed: npm ci --prefix bench/libraries');
    assert.is(
      reasons.get('PyTorch'),
      '/no/such/python has no torch (Debian: apt install python3-torch; see --python)',
    );
    assert.is([...reasons.values()].filter((reason) => reason === null).length, 1);
  } finally {
    rmSync(empty, { recursive: true });
  }
});

/** A contender whose blocks take the given seconds, one after the other. */
function contender(name: string, threads: number, count: number, seconds: number[]): Contender {
  const asked: number[] = [];
  return {
    name,
    threads,
    version: `version of ${name}`,
    count,
    run(batches) {
      asked.push(batches);
      assert.is(batches, count, 'each has blocks of its own length');
      return Promise.resolve({ seconds: seconds[asked.length - 1]!, work: 10 * batches });
    },
  };
}

test('ratios are of the same round, against the number of threads that is fastest for weft; the first round warms up', async () => {
  const rows = await raceContenders(
    [
      // images/s: 10, 20, 40
      contender('weft', 1, 10, [99, 10, 5, 2.5]),
      // 50, 25, 100
      contender('weft', 2, 10, [99, 2, 4, 1]),
      // 10, 10, 20
      contender('other', 1, 2, [99, 2, 2, 1]),
    ],
    3,
  );
  assert.equal(
    rows.map(({ name, threads, count, speed, ratio }) => [
      name,
      threads,
      count,
      speed.median,
      speed.best,
      ratio,
    ]),
    [
      ['weft', 1, 10, 20, 40, null],
      ['weft', 2, 10, 50, 100, null],
      // 50/10, 25/10, 100/20
      ['other', 1, 2, 10, 20, { ratio: 5, range: [2.5, 5] }],
    ],
  );
});

/** A library in a script of its own. `body` changes its product C. It writes a file when it is timed. */
function plant(folder: string, name: string, body: string): Library {
  const script = join(folder, `${name}.mjs`);
  const protocol = pathToFileURL(join(import.meta.dirname, '../../../bench/libraries/protocol.ts'));
  writeFileSync(
    script,
    `import { writeFileSync } from 'node:fs';
    import { serveLibrary } from ${JSON.stringify(protocol.href)};
    await serveLibrary({
      start: async () => (console.log('a remark'), { version: '${name} 1.0' }),
      product(m, k, n, a, b) {
        let calls = 0;
        const c = new Float32Array(m * n);
        return {
          compute() {
            if (++calls > 1) writeFileSync(${JSON.stringify(join(folder, `${name}-timed`))}, '');
            for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) {
              let sum = 0;
              for (let t = 0; t < k; t++) sum += a[i * k + t] * b[t * n + j];
              c[i * n + j] = sum;
            }
            ${body}
          },
          result: () => c,
        };
      },
    });`,
  );
  return { name, script, threads: false, train: [], infer: [], product: true };
}

test('bench libraries: a library that is right, one that is wrong, one that fails, one that is missing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-'));
  try {
    const libraries = [
      libraryNamed('weft'),
      plant(folder, 'right', ''),
      plant(folder, 'wrong', 'c[4] += 0.01;'),
      plant(folder, 'failing', `throw new Error('no such kernel');`),
      { ...plant(folder, 'missing', ''), package: 'no-such-package' },
      { ...plant(folder, 'unwanted', ''), name: 'other' },
    ];
    const args = {
      what: 'matmul',
      model: 'mlp',
      batchSize: undefined,
      threads: [1],
      rounds: 2,
      strict: false,
      only: ['right', 'wrong', 'failing', 'missing'],
      python: 'python3',
      out: folder,
    } as const;
    await benchLibraries(args, libraries, [[3, 5, 7]]);
    const { races, what } = JSON.parse(
      readFileSync(join(folder, 'libraries-matmul.json'), 'utf8'),
    ) as RaceResult;
    assert.is(what, 'matmul');
    assert.equal(
      races.map(({ subject, unit }) => [subject, unit]),
      [['3×5×7', 'GFLOP/s']],
    );
    const rows = new Map(races[0]!.rows.map((row) => [row.name, row]));
    assert.equal(
      [...rows].map(([name, { status }]) => `${name}: ${status}`),
      [
        'weft: timed',
        'right: timed',
        'missing: missing',
        'wrong, 1 thread: disagrees',
        'failing, 1 thread: failed',
      ],
    );
    const reason = (name: string): string => (rows.get(name) as { reason: string }).reason;
    assert.match(reason('wrong, 1 thread'), /3×5×7: wrong result, not timed: element 4/);
    assert.is(reason('failing, 1 thread'), 'no such kernel');
    assert.is(reason('missing'), 'no-such-package is not installed: npm ci --prefix bench/libraries');
    assert.is(existsSync(join(folder, 'right-timed')), true);
    assert.is(existsSync(join(folder, 'wrong-timed')), false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
