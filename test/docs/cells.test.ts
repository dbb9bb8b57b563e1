/** The code of the chapters for beginners runs, in Node as in the page, and prints what the text says. */
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryFolder } from '../helpers/idx-file.ts';
import { assertClose } from '../helpers/close.ts';
import { moduleOf } from '../../web/src/learn/module-of.ts';

const root = join(import.meta.dirname, '../..');
const folder = temporaryFolder();
test.after(() => folder.remove());

/** What the page's worker has, for Node. */
const prelude = `
import * as weft from ${JSON.stringify(join(root, 'src/index.ts'))};
import { fashionMnist } from ${JSON.stringify(join(root, 'src/node.ts'))};
const { train, classNames } = fashionMnist();
globalThis.ofChapter = {
  weft,
  chapter: { begin: () => {}, end: () => {} },
  picture: (values, height, width) => console.log('picture', values.length === height * width, Math.max(...values) <= 1),
  garments: async (count) => ({
    x: Float32Array.from(train.x.values.subarray(0, 784 * count), (byte) => byte / 255),
    labels: train.y.values.slice(0, count),
    names: classNames,
  }),
};
`;

function outputOf(chapter: string): string {
  const text = readFileSync(join(root, 'docs/learn', chapter), 'utf8');
  const cells = [...text.matchAll(/^```ts run\n(.*?)^```$/gms)].map(([, code]) => code!);
  assert.ok(cells.length >= 2, chapter);
  writeFileSync(join(folder.path, 'prelude.mjs'), prelude);
  const file = join(folder.path, 'chapter.mjs');
  writeFileSync(file, `import './prelude.mjs';\n${moduleOf(cells)}`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8' });
  assert.is(status, 0, stderr);
  return stdout;
}

const numberAfter = (text: string, words: string): number =>
  Number(new RegExp(`${words} *(-?[\\d.e-]+)`).exec(text)![1]);

test('pixels: a network of random weights guesses', () => {
  const output = outputOf('pixels.md');
  assert.match(
    output,
    /78400 numbers for 100 images: 784 for each\npicture true true\nIts label is Ankle boot/,
  );
  const right = Number(/(\d+) of 100 right/.exec(output)![1]);
  assert.ok(right < 30, `${right}`);
});

test('backward: the derivative by the formula is that of the nudge', () => {
  const output = outputOf('backward.md');
  assert.match(output, /ten classes, no idea: loss 2\.303/);
  const [formula, nudge] = [numberAfter(output, 'by the formula:'), numberAfter(output, 'by the nudge:')];
  assert.ok(Math.abs(formula) > 0.1);
  assertClose([nudge], [formula], { rtol: 1e-6, atol: 0 });
});

test('training: by hand and by fit it learns', () => {
  const output = outputOf('training.md');
  const steps = [...output.matchAll(/step \d+: loss ([\d.]+), ([\d.]+) % right/g)].map(([, ...values]) =>
    values.map(Number),
  );
  assert.ok(steps.at(-1)![0]! < steps[0]![0]! / 2 && steps.at(-1)![1]! > 65, output);
  const epochs = [...output.matchAll(/, ([\d.]+) % of validation/g)].map(([, value]) => Number(value));
  assert.ok(epochs.length === 8 && epochs.at(-1)! > 70, output);
});

test('overfitting: training is far better than validation', () => {
  const output = outputOf('overfitting.md');
  const runs = [...output.matchAll(/training ([\d.]+) %.*validation ([\d.]+) %/g)].map(([, ...values]) =>
    values.map(Number),
  );
  assert.is(runs.length, 4);
  assert.ok(runs[0]![0]! > 97 && runs[0]![0]! > runs[0]![1]! + 15, output);
});

test('each chapter is tested here', () => {
  assert.equal(readdirSync(join(root, 'docs/learn')).toSorted(), [
    'backward.md',
    'overfitting.md',
    'pixels.md',
    'training.md',
  ]);
});

test.run();
