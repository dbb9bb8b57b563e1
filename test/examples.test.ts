import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fashionMnist } from '../src/data/idx/fashion-mnist.ts';
import { readSafetensors } from '../src/model/safetensors-file.ts';
import { cliFolder } from './helpers/cli.ts';

const examples = join(import.meta.dirname, '../examples');
const folder = cliFolder();
test.after(() => folder.remove());

/** What an example prints, small enough to be quick. */
function outputOf(name: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(examples, name), ...args], {
    encoding: 'utf8',
    cwd: folder.path,
  });
  assert.is(status, 0, stderr);
  return stdout;
}

/** All numbers behind a word: `loss 0.5`. */
function numbersBehind(word: string, text: string): number[] {
  return [...text.matchAll(new RegExp(`${word} (\\d+(?:\\.\\d+)?)`, 'g'))].map(([, number]) =>
    Number(number),
  );
}

const tests: Readonly<Record<string, () => void>> = {
  'train-mlp.ts'() {
    const output = outputOf('train-mlp.ts', '2000');
    const losses = numbersBehind('loss', output);
    assert.is(losses.length, 3);
    assert.ok(losses[2]! < losses[0]!);
    assert.ok(numbersBehind('right on', output)[0]! > 60);
    assert.match(output, /the first of them: \S/);
  },
  'houses-table.ts'() {
    assert.is(outputOf('houses-table.ts'), 'written: houses.csv, 500 rows\n');
    const train = (target: string): string =>
      folder.weft('train', '--data', 'houses.csv', '--target', target, '--no-report', '--quiet').stdout;
    const [r2] = numbersBehind('R²', train('price'));
    assert.ok(r2! > 0.9, `R² ${r2}`);
    assert.ok(numbersBehind('test accuracy', train('place'))[0]! > 80);
  },
  'residual-cnn.ts'() {
    const output = outputOf('residual-cnn.ts', '300', 'residual.safetensors');
    // 3·3·1·8 + 8 and 4·8 of the first convolution and its norm; the blocks; 16·10 + 10 of the last layer
    assert.match(output, /conv2d_1 +│ \[n, 28, 28, 8\] +│ +80 │/);
    assert.match(output, /residual_2 +│ \[n, 14, 14, 16\] +│/);
    assert.match(output, /dense_1 +│ \[n, 10\] +│ +170 │/);
    assert.is(output.match(/^epoch \d: [\d.]+ %/gm)?.length, 4);
    assert.ok(numbersBehind('test accuracy', output)[0]! > 10);
    const weights = readSafetensors(join(folder.path, 'residual.safetensors'));
    assert.equal(weights.get('dense_1/kernel')!.shape, [16, 10]);
  },
  'xor.ts'() {
    const answers = [...outputOf('xor.ts').matchAll(/^(\d) xor (\d) = (\d) /gm)].map(([, ...digits]) =>
      digits.join(''),
    );
    assert.equal(answers, ['000', '011', '101', '110']);
  },
  'spiral.ts'() {
    const output = outputOf('spiral.ts');
    assert.ok(numbersBehind('right on', output)[0]! > 95, output);
    assert.match(output, /the arm at \(0\.5, 0\.1\) is blue$/m);
    assert.ok(readSafetensors(join(folder.path, 'spiral.safetensors')).has('dense_3/kernel'));
  },
  'iris.ts'() {
    assert.ok(numbersBehind('right on', outputOf('iris.ts'))[0]! >= 80);
  },
  'regression.ts'() {
    const output = outputOf('regression.ts');
    assert.ok(numbersBehind('R²', output)[0]! > 0.97, output);
    const [predicted, exact] = [numbersBehind('old:', output)[0]!, numbersBehind('predicted,', output)[0]!];
    assert.ok(Math.abs(predicted - exact) < 10_000, output);
  },
  'training-loop.ts'() {
    const output = outputOf('training-loop.ts', '3000');
    assert.match(output, /gatherImages/);
    const losses = numbersBehind('loss', output);
    assert.is(losses.length, 5, '46 full batches in each of two epochs, every twentieth');
    assert.ok(losses.at(-1)! < 0.7 * losses[0]!);
    assert.ok(numbersBehind('test accuracy', output)[0]! > 60);
  },
  'matmul.ts'() {
    const output = outputOf('matmul.ts', '70');
    assert.match(output, /^reference: 70×70 in [\d.]+ ms, then [\d.]+ ms, largest difference 0$/m);
    assert.match(output, /^wasm: 70×70 in [\d.]+ ms/m);
    assert.match(output, /gpu/);
    for (const difference of numbersBehind('difference', output)) assert.ok(difference < 1e-3);
  },
  'backprop-by-hand.ts'() {
    const output = outputOf('backprop-by-hand.ts');
    const losses = numbersBehind('loss', output);
    assert.is(losses.length, 6);
    assert.ok(losses[5]! < 0.05);
    const right = [...output.matchAll(/^(\d) xor (\d): .* ([\d.]+)$/gm)];
    assert.equal(
      right.map(([, p, q, probability]) => Number(probability) > 0.5 === (p !== q)),
      [true, true, true, true],
    );
    const [, byHand, byDifferences] = /derivative: (\S+) by hand, (\S+) by differences/.exec(output)!;
    assert.ok(Math.abs(Number(byHand)) > 0);
    assert.ok(Math.abs(Number(byHand) / Number(byDifferences) - 1) < 1e-3);
  },
  'classify-picture.ts'() {
    const { status, stderr } = folder.weft(
      'train',
      '--limit',
      '2000',
      '--epochs',
      '4',
      '--out',
      'run',
      '--quiet',
    );
    assert.is(status, 0, stderr);
    // trousers, the third test image, on white and four times as large
    const pixels = fashionMnist().test.x.values.subarray(2 * 784, 3 * 784);
    const png = new PNG({ width: 112, height: 112 });
    for (let i = 0; i < 112 * 112; i++) {
      const value = 255 - pixels[Math.floor(i / 112 / 4) * 28 + Math.floor((i % 112) / 4)]!;
      png.data.set([value, value, value, 255], i * 4);
    }
    writeFileSync(join(folder.path, 'trousers.png'), PNG.sync.write(png));
    const [done, best, ...others] = outputOf('classify-picture.ts', 'run', 'trousers.png').trim().split('\n');
    assert.match(done!, /^trousers\.png: darker than its background \(\d+ % of white\): inverted, /);
    assert.match(best!, /^ *\d+\.\d % {2}Trouser$/);
    assert.is(others.length, 2);
  },
};

test('every example has a test', () => {
  // page.ts serves a page, which test/session/page.test.ts opens
  const files = readdirSync(examples).filter((name) => name.endsWith('.ts') && name !== 'page.ts');
  assert.equal(files, Object.keys(tests).toSorted());
});

for (const [name, run] of Object.entries(tests)) test(name, run);

/** `npm run example -- …`, without the installation that comes before it. */
function example(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  const script = join(examples, '../scripts/example.mjs');
  return spawnSync(process.execPath, [script, ...words], { encoding: 'utf8', cwd: folder.path });
}

test('npm run example lists the examples without a name, and runs one by its name', () => {
  const names = readdirSync(examples)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -3));
  const lines = example().stdout.trim().split('\n').slice(1);
  assert.equal(
    lines.map((line) => line.trim().split(' ')[0]),
    names,
  );
  assert.ok(lines.every((line) => line.length <= 120 && line.trim().includes('  ')));
  for (const name of ['backprop-by-hand', 'backprop-by-hand.ts', 'examples/backprop-by-hand.ts']) {
    assert.match(example(name).stdout, /by hand, .* by differences/);
  }
  assert.match(
    example('classify-picture').stderr,
    /^usage: npm run example -- classify-picture RUN PICTURE$/m,
  );
  const unknown = example('mnist');
  assert.is(unknown.status, 2);
  assert.match(unknown.stderr, /^example: there is no example "mnist"; there are backprop-by-hand, /);
});

test('the head of each example says how to run it', () => {
  for (const file of readdirSync(examples).filter((name) => name.endsWith('.ts'))) {
    const text = readFileSync(join(examples, file), 'utf8');
    assert.ok(text.includes(` *     npm run example -- ${file.slice(0, -3)}`), file);
    assert.not.match(text, /node examples/);
  }
});

test.run();
