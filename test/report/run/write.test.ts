import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type TestResult, writeReport } from '../../../src/report/run/write.ts';
import { fullEvaluation } from '../../../src/train/full-evaluation.ts';
import type { LabelledImages } from '../../../src/data/examples.ts';
import type { SavedRun } from '../../../src/run/saved-run.ts';
import type { Shape } from '../../../src/tensor/shape.ts';
import { parseHtml, type Tag } from '../../helpers/html.ts';
import { temporaryFolder } from '../../helpers/idx-file.ts';
import { fakeEvaluation, noiseExamples, untrainedRun } from '../../helpers/saved-run.ts';

const folder = temporaryFolder();
test.after(() => folder.remove());
let runs = 0;

const head = 'epoch,loss,accuracy,val_loss,val_accuracy,learning_rate,seconds,images_per_second\n';
const validated =
  '1,0.9,0.7,0.8,0.75,0.001,1.5,1000\n2,0.5,0.8,0.6,0.85,0.001,1.5,1000\n3,0.4,0.9,0.7,0.8,0.001,1,1500\n';

function makeRun(
  history: string,
  inputShape: Shape,
  classNames: readonly string[],
  layers?: object[],
): SavedRun {
  const path = join(folder.path, `run-${++runs}`);
  mkdirSync(path);
  writeFileSync(join(path, 'history.csv'), head + history);
  return untrainedRun(path, inputShape, classNames, layers);
}

function resultOf(run: SavedRun, count: number): TestResult {
  const classes = run.configuration.classNames.length;
  const examples = noiseExamples(count, run.configuration.inputShape, classes);
  const positions = Int32Array.from({ length: count }, (_, i) => i);
  return { part: { examples, positions }, evaluation: fakeEvaluation(examples, classes) };
}

const namesOf = (count: number): string[] => Array.from({ length: count }, (_, i) => `class "${i}" <&>`);

/** Reads the page, and checks what holds for every page. */
function readPage({ path }: SavedRun): { page: string; tags: Tag[]; headings: string[] } {
  const page = readFileSync(join(path, 'report.html'), 'utf8');
  const tags = parseHtml(page);
  const ids = tags.flatMap(({ attributes }) => attributes.get('id') ?? []);
  assert.is(new Set(ids).size, ids.length, 'ids are unique');
  for (const { name, attributes } of tags) {
    if (name === 'img') {
      assert.ok(attributes.get('alt'), 'an image has words for it');
      assert.match(attributes.get('src')!, /^data:image\/png;base64,/);
    }
    if (name === 'svg') {
      assert.is(attributes.get('role'), 'img');
      const labels = attributes.get('aria-labelledby')!.split(' ');
      assert.equal(
        labels.map((label) => ids.includes(label)),
        [true, true],
      );
    }
  }
  const words = page.replaceAll(/src="[^"]*"/g, '').replace('what is undefined counts as 0', '');
  assert.not.match(words, /NaN|undefined|Infinity/);
  assert.not.match(page.replaceAll('http://www.w3.org/2000/svg', ''), /https?:|<script|<link/);
  return { page, tags, headings: tags.filter(({ name }) => name === 'h2').map(({ text }) => text) };
}

const allHeadings = [
  'Curves',
  'Classes',
  'Confusions',
  'Calibration',
  'Right predictions',
  'Wrong predictions',
  'First weights',
  'Network',
  'Settings',
  'What the numbers mean',
];

const networks: readonly (readonly [string, Shape, number, object[] | undefined])[] = [
  ['two classes, 5×4 grey images', [5, 4, 1], 2, undefined],
  ['20 classes, colours', [4, 6, 3], 20, undefined],
  ['21 classes, a convolution over colours', [5, 4, 3], 21, convolution(21)],
  ['100 classes', [3, 4, 1], 100, undefined],
  ['256 classes', [3, 4, 1], 256, undefined],
];

function convolution(classes: number): object[] {
  return [
    { type: 'batch_norm' },
    { type: 'conv2d', filters: 5, kernelSize: [2, 3] },
    { type: 'flatten' },
    { type: 'dense', units: classes },
  ];
}

/** Nothing but text is drawn in this colour. */
function blackPixels({ data }: PNG): number {
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data.subarray(i, i + 3).every((byte) => byte < 60)) count++;
  }
  return count;
}

for (const [what, shape, classes, layers] of networks) {
  test(`a page that is whole, and pictures: ${what}`, async () => {
    const run = makeRun(validated, shape, namesOf(classes), layers);
    const files = await writeReport(run, resultOf(run, Math.max(classes, 50)));
    assert.equal(files, ['report.html', 'curves.svg', 'curves.png']);
    assert.equal(readdirSync(run.path).toSorted(), ['history.csv', ...files].toSorted());
    const { page, tags, headings } = readPage(run);
    assert.equal(headings, allHeadings);
    assert.is(tags.filter(({ name }) => name === 'svg').length, 4, 'loss, accuracy, confusion, reliability');
    assert.ok(page.length < 1e6, `${page.length} characters`);
    assert.ok(page.includes('test &amp; &lt;net&gt; on noise'));
    assert.ok(page.includes('class &quot;1&quot; &lt;&amp;&gt;'));
    const rows = tags.filter(({ name, text }) => name === 'tr' && /^(macro|weighted) mean\d/.test(text));
    assert.is(rows.length, 2);

    parseHtml(readFileSync(join(run.path, 'curves.svg'), 'utf8'));
    const png = PNG.sync.read(readFileSync(join(run.path, 'curves.png')));
    assert.equal([png.width, png.height], [1470, 534]);
    assert.ok(
      png.data.subarray(0, 4).every((byte) => byte === 255),
      'on white',
    );
    assert.ok(blackPixels(png) > 500, `${blackPixels(png)} black pixels: there is text`);
  });
}

test('the numbers of the page are those of the run', async () => {
  const run = makeRun(validated, [5, 4, 1], ['cat', 'dog']);
  await writeReport(run, resultOf(run, 50));
  const { tags } = readPage(run);
  const cells = (row: string): string[] => {
    const at = tags.findIndex(({ name, text }) => name === 'tr' && text.startsWith(row));
    const count = tags.slice(at + 1).findIndex(({ name }) => name !== 'th' && name !== 'td');
    return tags.slice(at + 1, at + 1 + count).map(({ text }) => text.replaceAll('\u00a0', ' '));
  };
  assert.equal(cells('test accuracy'), ['test accuracy', '68.00 %']); // 16 of 50 are wrong
  assert.equal(cells('training time'), ['training time', '4.00 s']);
  assert.equal(cells('images a second'), ['images a second', '1,125']); // (1.5 + 1.5 + 1.5) k / 4 s
  assert.equal(cells('epochs'), ['epochs', '3 of 3']);
  assert.equal(cells('2 (best)').slice(0, 5), ['2 (best)', '0.5000', '80.00 %', '0.6000', '85.00 %']);
  // wrong: 2, 5, 8 … 47: every other one a cat
  assert.equal(cells('cat').slice(-1), ['25']);
  assert.equal(cells('augment flip'), ['augment flip', 'yes']);
  assert.is(tags.filter(({ attributes }) => attributes.get('class') === 'right').length, 20);
  const wrong = tags.filter(({ attributes }) => attributes.get('class') === 'wrong');
  assert.is(wrong.length, 16);
  assert.is(wrong[0]!.text, '✗ dog 60.00\u00a0%');
  assert.ok(
    tags.some(
      ({ name, attributes }) =>
        name === 'img' && attributes.get('alt') === 'Image 2: cat, predicted to be dog',
    ),
  );
});

test('without validation there is no second line and no best epoch', async () => {
  const run = makeRun('1,0.9,0.7,,,0.001,1.5,1000\n', [5, 4, 1], ['a', 'b']);
  await writeReport(run, resultOf(run, 9));
  const { page, headings } = readPage(run);
  assert.equal(headings, allHeadings);
  assert.not.match(page, /best: epoch|\(best\)/);
  assert.ok(page.includes('The run kept no images for validation.'));
});

test('a run that was interrupted before its first epoch was over has no curves', async () => {
  const run = makeRun('', [5, 4, 1], ['a', 'b']);
  assert.equal(await writeReport(run, resultOf(run, 9)), ['report.html']);
  const { page } = readPage(run);
  assert.ok(page.includes('No epoch was finished: there is no curve.'));
  assert.ok(page.includes('0 of 3'));
});

test('a network whose first kernel sees no image has no pictures of weights', async () => {
  const layers = [{ type: 'global_average_pool2d' }, { type: 'dense', units: 2 }];
  const run = makeRun(validated, [5, 4, 3], ['a', 'b'], layers);
  await writeReport(run, resultOf(run, 9));
  assert.ok(readPage(run).page.includes('sees no image'));
  const without = makeRun(validated, [1, 2, 1], ['a', 'b'], [{ type: 'flatten' }]);
  await writeReport(without, resultOf(without, 9));
  assert.ok(readPage(without).page.includes('sees no image'));
});

test('all right: the other gallery says that there is none', async () => {
  const run = makeRun(validated, [5, 4, 1], ['a', 'b']);
  const result = resultOf(run, 2); // the third would be wrong
  await writeReport(run, result);
  const { page, tags } = readPage(run);
  assert.ok(page.includes('<h2>Wrong predictions</h2>\n<p>None.</p>'));
  assert.is(tags.filter(({ attributes }) => attributes.get('class') === 'wrong').length, 0);
});

test('where the data have gone, the page shows what the run has written down, and says why there are no pictures', async () => {
  const run = makeRun(validated, [5, 4, 1], ['a', 'b', 'never']);
  const { part, evaluation } = resultOf(run, 8) as Exclude<TestResult, string>;
  const { confusion, ...stored } = fullEvaluation(
    { ...evaluation, predicted: evaluation.predicted.fill(0) },
    part.examples as LabelledImages,
    part.positions,
    run.configuration.classNames,
  );
  writeFileSync(join(run.path, 'metrics.json'), JSON.stringify({ test: stored, confusion }));
  await writeReport(run, 'The data have gone <away>.');
  const { page, tags, headings } = readPage(run);
  assert.ok(page.includes('<p>The data have gone &lt;away&gt;.</p>'));
  assert.equal(
    headings,
    allHeadings.filter((heading) => !heading.endsWith('predictions')),
  );
  // never predicted: its precision is undefined, which JSON cannot say
  assert.ok(tags.some(({ name, text }) => name === 'tr' && text === 'never–0.0000.0002'));
});

test('without data, and without metrics, there is still a page; damaged metrics are an error that names the file', async () => {
  const run = makeRun(validated, [5, 4, 1], ['a', 'b']);
  const expected = ['Curves', 'First weights', 'Network', 'Settings', 'What the numbers mean'];
  await writeReport(run, 'Gone.');
  assert.equal(readPage(run).headings, expected);
  writeFileSync(join(run.path, 'metrics.json'), '{"test":{"loss":1},"confusion":[[1]]}');
  await writeReport(run, 'Gone.');
  assert.equal(readPage(run).headings, expected);
  writeFileSync(join(run.path, 'metrics.json'), '{"test"');
  let message = '';
  await writeReport(run, 'Gone.').catch((error: unknown) => (message = (error as Error).message));
  assert.match(message, /metrics\.json: cannot be read: .*JSON/);
});

test.run();
