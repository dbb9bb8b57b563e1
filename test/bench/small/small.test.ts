/** `bench small` with libraries that are made here, so that it needs no registry. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { figuresOf } from '../../../bench/small/figures.ts';
import type { SmallLibrary } from '../../../bench/small/libraries.ts';
import { countLines } from '../../../bench/small/lines.ts';
import type { MeasuredRow, SmallResult } from '../../../bench/small/result.ts';
import { benchSmall } from '../../../bench/small/small.ts';
import { hasBrowser } from '../../helpers/browser.ts';
import { temporaryFolder } from '../../helpers/idx-file.ts';

const folder = temporaryFolder();
test.after(() => folder.remove());

/** A library that claims an accuracy, packed, with a program that uses it. */
function library(name: string, accuracy: number): SmallLibrary {
  const [source, program] = [join(folder.path, name), join(folder.path, `${name}-program`)];
  for (const path of [source, program]) mkdirSync(path);
  writeFileSync(
    join(source, 'package.json'),
    JSON.stringify({ name, version: '1.2.3', type: 'module', exports: './index.js' }),
  );
  writeFileSync(join(source, 'index.js'), `export const learn = ({ x }) => x.length && ${accuracy};\n`);
  const { status } = spawnSync('npm', ['pack', source, '--pack-destination', folder.path], {
    shell: process.platform === 'win32',
  });
  assert.is(status, 0);
  writeFileSync(
    join(program, 'train.mjs'),
    `// trains\nimport { learn } from 'another';\n\nexport const train = (points) => learn(points);\n`,
  );
  writeFileSync(
    join(program, 'main.mjs'),
    `import { readFileSync } from 'node:fs';
import { train } from './train.mjs';

const { train: points } = JSON.parse(readFileSync('points.json', 'utf8'));
console.log(JSON.stringify({ seconds: 0.25, accuracy: train(points) }));
`,
  );
  return { name, program, packages: [join(folder.path, `${name}-1.2.3.tgz`)], swap: ['another', name] };
}

test('lines: no empty ones, comments or imports', () => {
  const program = `import {\n  a,\n  b,\n} from 'c';\nimport 'd';\n\n// why\nconst e = a(b); // here\nawait import('f');\n`;
  assert.is(countLines(program), 2);
});

test('installs, counts, trains; a library that learned too little is marked, one that fails has a reason', async () => {
  const json = join(folder.path, 'small.json');
  const libraries = [
    library('good', 0.99),
    library('bad', 0.6),
    { ...library('lost', 1), packages: [join(folder.path, 'no-such.tgz')] },
    library('other', 1),
  ];
  const args = { rounds: 2, only: ['good', 'bad', 'lost'], strict: false, json };
  const result = await benchSmall(args, libraries);
  const { machine, rows } = JSON.parse(readFileSync(json, 'utf8')) as SmallResult;
  assert.equal(rows, result.rows);
  assert.ok(machine['node']);

  const [good, bad, lost] = rows as [MeasuredRow, MeasuredRow, { status: string; reason: string }];
  assert.is(rows.length, 3);
  assert.is(good.version, 'good 1.2.3');
  assert.equal([good.lines, good.packages, good.accuracies], [3, 1, [0.99, 0.99]]);
  assert.equal(good.training, { median: 0.25, p10: 0.25, p90: 0.25 });
  assert.ok(good.process.median > 0.01);
  assert.ok(hasBrowser ? good.pageBytes! > 50 && good.pageBytes! < 500 : good.pageBytes === null);
  assert.is(figuresOf(good).at(-1), '99.0');
  assert.match(figuresOf(bad).at(-1)!, /^60\.0 .*not learned/);
  assert.is(lost.status, 'failed');
  assert.match(lost.reason, /^npm cannot install it on this machine$/);
});

test.run();
