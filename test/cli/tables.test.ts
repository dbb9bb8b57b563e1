import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readSafetensors } from '../../src/model/safetensors-file.ts';
import { readTestEvaluation } from '../../src/run/metrics.ts';
import { parseHtml } from '../helpers/html.ts';
import { cliFolder } from '../helpers/cli.ts';
import { runWords } from '../helpers/run-words.ts';
import { flowers, houses, writeTable } from '../helpers/tables.ts';

const folder = cliFolder();
test.after(() => folder.remove());
const { path, weft } = folder;
const read = (run: string, file: string): string => readFileSync(join(path, run, file), 'utf8');

test.before(() => {
  writeTable(path, 'flowers.csv', ...flowers(150));
  writeTable(path, 'houses.csv', ...houses(200));
  const common = ['--engine', 'wasm', '--threads', '1'];
  const kinds = weft('train', '--data', 'flowers.csv', '--target', 'kind', '--out', 'kinds', ...common);
  assert.is(kinds.status, 0, kinds.stderr);
  const prices = weft('train', '--data', 'houses.csv', '--target', 'price', '--out', 'prices', ...common);
  assert.is(prices.status, 0, prices.stderr);
  outputs.set('kinds', kinds).set('prices', prices);
});
const outputs = new Map<string, { readonly stdout: string; readonly stderr: string }>();

test('a class: what is learned is said, and it is learned', () => {
  const { stdout, stderr } = outputs.get('kinds')!;
  for (const line of [
    'preset  table: --model table --epochs 100 --batch-size 32',
    'data    flowers.csv: 96 training, 24 validation, 30 test rows',
    '        classification of kind: 3 different texts',
    'loss    softmaxCrossEntropy',
  ]) {
    assert.ok(stdout.includes(`${line}\n`), `${line} in ${stdout}`);
  }
  assert.match(stdout, /│ tulip +│ +[\d.]+ │ +[\d.]+ │ +[\d.]+ │ +10 │/);
  assert.match(stderr, /^epoch 100\/100 {2}loss [\d.]+ {2}accuracy [\d.]+ % {2}val_loss .* rows\/s$/m);
  const { accuracy } = JSON.parse(read('kinds', 'metrics.json')).test;
  assert.ok(accuracy >= 0.9, `accuracy ${accuracy}`);
});

test('a number: mean absolute error and R² in all places', () => {
  const { stdout, stderr } = outputs.get('prices')!;
  assert.match(
    stdout,
    /^ {8}regression of price: \d+ different whole numbers; --task classification predicts classes$/m,
  );
  assert.match(stdout, /^loss {4}mse$/m);
  assert.match(stdout, /^test loss [\d.e+]+, test mean absolute error [\d.]+, R² [01]\.\d{3}$/m);
  assert.match(
    stderr,
    /^epoch {3}1\/100 {2}loss [\d.e+]+ {2}mae [\d.]+ {2}val_loss [\d.e+]+ {2}val_mae [\d.]+ {2}/m,
  );
  const measures = JSON.parse(read('prices', 'metrics.json'));
  assert.ok(measures.test.r2 > 0.95, `R² ${measures.test.r2}`);
  assert.not.ok('confusion' in measures);
  assert.equal(Object.keys(measures.train), ['loss', 'meanAbsoluteError']);
  assert.equal(readTestEvaluation(join(path, 'prices')), measures.test);
  assert.match(
    read('prices', 'history.csv'),
    /^epoch,loss,mean_absolute_error,val_loss,val_mean_absolute_error,/,
  );
});

test('config.json has the columns, the split and the loss; it makes the same run again', () => {
  const config = JSON.parse(read('kinds', 'config.json'));
  const { columns, ...table } = config.table;
  assert.equal(table, {
    target: 'kind',
    task: 'classification',
    testSplit: 0.2,
    testData: null,
    seed: 1,
    ignore: null,
    categorical: null,
  });
  assert.equal(
    columns.map(({ name, kind }: { name: string; kind: string }) => [name, kind]),
    [
      ['length', 'number'],
      ['colour', 'category'],
    ],
  );
  assert.equal(config.loss, { type: 'softmaxCrossEntropy' });
  assert.equal(config.inputShape, [4]);
  const { status, stderr } = weft('train', '--config', 'kinds/config.json', '--out', 'again', '--quiet');
  assert.is(status, 0, stderr);
  const weights = (run: string): unknown => readSafetensors(join(path, run, 'model.safetensors'));
  assert.equal(weights('again'), weights('kinds'));
});

test('a run that goes on has the weights of one that never stopped; another table is refused', () => {
  writeTable(path, 'copy.csv', ...houses(100));
  const train = (...args: string[]) =>
    weft(
      'train',
      '--data',
      'copy.csv',
      '--target',
      'price',
      '--loss',
      'huber',
      '--quiet',
      '--no-report',
      ...args,
    );
  assert.is(train('--out', 'whole', '--epochs', '4').status, 0);
  assert.is(train('--out', 'part', '--epochs', '2').status, 0);
  const resumed = weft('train', '--resume', 'part', '--epochs', '4', '--quiet');
  assert.is(resumed.status, 0, resumed.stderr);
  const model = (run: string): Buffer => readFileSync(join(path, run, 'last.safetensors'));
  assert.equal(
    readSafetensors(join(path, 'part', 'model.safetensors')),
    readSafetensors(join(path, 'whole', 'model.safetensors')),
  );
  assert.ok(model('part').length > 0);
  const { delta } = JSON.parse(read('part', 'config.json')).loss;
  assert.ok(delta > 10_000, 'the deviation of the targets');
  assert.match(
    weft('train', '--resume', 'part', '--epochs', '5', '--loss', 'mse').stderr,
    /--loss mse contradicts the run, which has huber/,
  );
  appendFileSync(join(path, 'copy.csv'), '100,sea,250000\n');
  assert.match(
    weft('train', '--resume', 'part', '--epochs', '5').stderr,
    /part: cannot go on with the data copy\.csv: copy\.csv is not the file that it was trained on/,
  );
  assert.match(weft('evaluate', 'part').stderr, /the table has changed since the run part was trained on it/);
  assert.match(weft('evaluate', 'part', '--data', 'copy.csv').stdout, /^data {4}copy\.csv: 101 test rows$/m);
});

test('evaluate: the numbers of metrics.json; another table counts with all of its rows', () => {
  for (const run of ['kinds', 'prices']) {
    const { stdout, stderr } = weft('evaluate', run, '--json', '--engine', 'wasm', '--threads', '1');
    const { loss, examples } = JSON.parse(stdout);
    const expected = JSON.parse(read(run, 'metrics.json')).test;
    assert.equal([loss, examples], [expected.loss, expected.examples], stderr);
  }
  const shown = weft('evaluate', 'prices', '--part', 'validation');
  assert.match(shown.stdout, /^data {4}houses\.csv: 32 validation rows$/m);
  assert.match(shown.stdout, /largest errors\n┌[─┬]+┐\n│ line │ target │ predicted │/);
  assert.match(shown.stdout, /^validation loss .*, mean absolute error .*, R² [01]\.\d{3}$/m);
  writeTable(path, 'later.csv', ...houses(30));
  assert.match(
    weft('evaluate', 'prices', '--data', 'later.csv').stdout,
    /^data {4}later\.csv: 30 test rows$/m,
  );
  const none = weft('evaluate', 'prices', '--data', 'later.csv', '--part', 'train');
  assert.is(none.stderr, 'weft: --part train: the run prices has no such rows\n');
  assert.match(weft('evaluate', 'kinds').stdout, /most confident mistakes\n┌[─┬]+┐\n│ line │ true class/);
});

test('predict: each row by its line, and a score where the table has the target', () => {
  writeTable(path, 'new.csv', 'colour,length', 'red,6', 'white,2.5', ',9');
  const { stdout, stderr } = weft('predict', 'kinds', 'new.csv', '--quiet');
  assert.match(stdout, /^line 2: rose [\d.]+ %\nline 3: daisy [\d.]+ %\nline 4: tulip [\d.]+ %\n$/);
  assert.is(stderr, 'weft: new.csv: colour: 1 of 3 rows have no value: none of the categories\n');
  const known = weft('predict', 'kinds', 'flowers.csv', '--quiet').stdout.trim().split('\n');
  assert.is(known.length, 151);
  assert.match(known[0]!, /^line 2: daisy [\d.]+ %, right$/);
  const [, right] = /^(\d+) of 150 right$/.exec(known.at(-1)!) ?? [];
  assert.is(known.filter((line) => line.endsWith(', right')).length, Number(right));
  const numbers = weft('predict', 'prices', 'houses.csv', '--quiet').stdout;
  assert.match(numbers, /^line 2: [\d.]+, is \d+$/m);
  assert.match(numbers, /^mean absolute error [\d.]+, R² [01]\.\d{3}$/m);
});

test('predict --json: an object for each row', () => {
  const lines = weft('predict', 'kinds', 'new.csv', '--json').stdout.trim().split('\n');
  const [first] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const { probabilities, probability, ...rest } = first!;
  assert.equal(rest, { event: 'prediction', file: 'new.csv', line: 2, prediction: 'rose' });
  assert.equal(Object.keys(probabilities as object), ['daisy', 'rose', 'tulip']);
  assert.is((probabilities as Record<string, number>)['rose'], probability);
  const [number] = weft('predict', 'prices', 'houses.csv', '--json').stdout.split('\n');
  assert.equal(Object.keys(JSON.parse(number!)), ['event', 'file', 'line', 'prediction', 'target']);
});

test('the report: charts of predicted numbers, or classes, by rows; no images anywhere', () => {
  for (const [run, parts] of [
    ['prices', ['Mean absolute error', 'Predictions against targets', 'Histogram of the errors', 'R²']],
    ['kinds', ['Confusion matrix', 'Reliability diagram', 'Wrong predictions', 'test rows']],
  ] as const) {
    const page = read(run, 'report.html');
    for (const part of [...parts, 'rows a second', 'Columns'])
      assert.ok(page.includes(part), `${run}: ${part}`);
    assert.not.match(page.replaceAll(/<style>.*?<\/style>/gs, ''), /image|pixel/);
    assert.not.match(page, /NaN|>undefined/);
    const ids = parseHtml(page).flatMap(({ attributes }) => attributes.get('id') ?? []);
    assert.is(new Set(ids).size, ids.length);
  }
  assert.match(read('prices', 'curves.svg'), /mean absolute error over 100 epochs: training from/);
});

test('report where the table has gone: the numbers that the run has written down', () => {
  writeTable(path, 'short.csv', ...houses(60));
  const run = [
    'train',
    '--data',
    'short.csv',
    '--target',
    'price',
    '--epochs',
    '2',
    '--out',
    'gone',
    '--quiet',
  ];
  assert.is(weft(...run).status, 0);
  writeFileSync(join(path, 'short.csv'), '');
  const { status, stderr } = weft('report', 'gone');
  assert.is(status, 0);
  assert.match(
    stderr,
    /^weft: the report is without predictions, since the data cannot be read: .*short\.csv: the table is/m,
  );
  assert.match(read('gone', 'report.html'), /test mean absolute error/);
});

test('export: what the inputs of the network are called', () => {
  const { stdout } = weft('export', 'kinds', '--json');
  assert.equal(JSON.parse(stdout).features, ['length', 'colour=red', 'colour=white', 'colour=yellow']);
  const numbers = weft('export', 'prices');
  assert.match(numbers.stdout, /^outputs {2}predictions, float32 \[N, 1\]$/m);
  assert.match(numbers.stdout, /^input {4}x float32 \[N, 3\]: N rows, .*: size, place=sea, place=town$/m);
  assert.is(weft('summary', 'prices').status, 0);
});

test('another network, another test table, other tasks, a learning rate', () => {
  const layers = [{ type: 'standardize' }, { type: 'dense', units: 1 }, { type: 'unstandardize' }];
  writeFileSync(join(path, 'line.json'), JSON.stringify({ layers }));
  const train = [
    'train',
    '--data',
    'houses.csv',
    '--target',
    'price',
    '--quiet',
    '--no-report',
    '--epochs',
    '2',
  ];
  const line = weft(...train, '--model', 'line.json', '--test-data', 'later.csv', '--out', 'line');
  assert.is(line.status, 0, line.stderr);
  assert.is(JSON.parse(read('line', 'metrics.json')).test.examples, 30);
  const place = weft(
    'train',
    '--data',
    'houses.csv',
    '--target',
    'place',
    '--quiet',
    '--epochs',
    '1',
    '--out',
    'place',
  );
  assert.match(place.stdout, /test accuracy/);
  const rate = weft('find-lr', '--data', 'houses.csv', '--target', 'price', '--steps', '50', '--out', 'rate');
  assert.match(rate.stdout, /where the loss falls fastest: .*--learning-rate|the loss fell at no rate/);
});

test('eda of a table: the columns, and no folder', () => {
  const { stdout, status } = weft('eda', '--data', 'houses.csv');
  assert.is(status, 0);
  assert.match(stdout, /^houses\.csv: 200 rows, 3 columns$/m);
  assert.match(stdout, /│ place +│ texts +│ +0 │ +2 │.*│ (sea|town) \(\d+\), (sea|town) \(\d+\) +│/);
  assert.not.ok(existsSync(join(path, 'eda')));
  const { columns } = JSON.parse(weft('eda', '--data', 'houses.csv', '--json').stdout);
  assert.is(columns[0].different > 100, true);
});

const wrong: readonly (readonly [args: string, message: string])[] = [
  [
    'train --data flowers.csv',
    '--data flowers.csv is a table: --target says which column to predict, of length, colour, kind',
  ],
  [
    'train --data flowers.csv --target kinds',
    'flowers.csv: no column "kinds"; did you mean kind? its columns are length, colour, kind',
  ],
  ['train --data flowers.csv --target kind --flip', '--flip is for images, and flowers.csv is a table'],
  [
    'train --data flowers.csv --target kind --image-size 8',
    '--image-size is for images, and flowers.csv is a table',
  ],
  ['train --data flowers.csv --target kind --rotate 5', '--rotate is for images, and flowers.csv is a table'],
  [
    'train --data flowers.csv --target kind --model cnn',
    '--model cnn is for images, and flowers.csv is a table',
  ],
  [
    'train --target kind',
    '--target is for tables, and the data is Fashion-MNIST: give one with --data FILE.csv (or .tsv, .txt)',
  ],
  [
    'train --data data --task regression',
    '--task is for tables, and data is none: give one with --data FILE.csv (or .tsv, .txt)',
  ],
  ['train --model table', '--model table is for tables: give one with --data FILE.csv'],
  [
    'train --data flowers.csv --target kind --loss mae',
    '--loss mae is for regression, and this is a classification: softmaxCrossEntropy; --task chooses the other',
  ],
  [
    'train --data houses.csv --target price --class-weights balanced',
    '--class-weights is for classes, and price is a number; --task classification makes classes of it',
  ],
  [
    'train --data houses.csv --target price --label-smoothing 0.1',
    '--label-smoothing is for classes, and price is a number; --task classification makes classes of it',
  ],
  [
    'train --data houses.csv --target price --test-data later.csv --test-split 0.1',
    '--test-split does not go with --test-data, whose rows are for the test',
  ],
  ['train --data nowhere.csv --target price', 'nowhere.csv: cannot read the table: no such file'],
  [
    'summary --data houses.csv',
    '--data houses.csv is a table: train on it, and npm run summary -- RUN shows the network; here --data is for images',
  ],
  ['eda --data houses.csv --channels rgb', '--channels is for images, and houses.csv is a table'],
  [
    'predict prices',
    'expected files behind the run: pictures (PNG, JPEG, folders of them, or - for standard input) or a table (FILE.csv); or --test with positions of test images',
  ],
  ['predict prices --test 3', '--test is for images, and prices was trained on a table'],
  ['predict prices houses.csv --invert yes', '--invert is for images, and prices was trained on a table'],
  ['predict prices flowers.csv', 'flowers.csv: no column "size"; its columns are length, colour, kind'],
];
for (const [args, message] of wrong) {
  test(`one line, and nothing is written: ${args}`, async () => {
    const before = readdirSync(path);
    process.chdir(path);
    const { status, stdout, stderr } = await runWords(args.split(' '));
    assert.is(stderr, `weft: ${message}\n`);
    assert.ok(status === 1 || status === 2);
    assert.is(stdout, '');
    assert.equal(readdirSync(path), before);
  });
}

test('settings of a table that were changed by hand are named', () => {
  const config = JSON.parse(read('kinds', 'config.json'));
  mkdirSync(join(path, 'changed'));
  for (const [change, message] of [
    [{ loss: { type: 'mse' } }, /loss cannot be mse for a classification/],
    [{ loss: { type: 'no' } }, /loss cannot be \{"type":"no"\}/],
    [{ loss: undefined }, /loss is missing/],
    [{ inputShape: [5] }, /inputShape cannot be \[5\]: the columns give 4 features/],
    [{ classNames: [] }, /classNames cannot be \[\] for a classification/],
    [{ data: null }, /data cannot be null/],
    [{ table: null }, /table cannot be null/],
    [
      { table: { ...config.table, columns: [{ name: 'a', kind: 'number' }] } },
      /table\.columns\[0\] cannot be/,
    ],
    [{ table: { ...config.table, seed: 'x' } }, /table\.seed cannot be "x"/],
  ] as const) {
    writeFileSync(join(path, 'changed/config.json'), JSON.stringify({ ...config, ...change }));
    const { status, stderr } = weft('evaluate', 'changed');
    assert.is(status, 1);
    assert.match(stderr, message);
    assert.match(stderr, /^weft: changed\/config\.json: .*\n$/);
  }
});

test.run();
