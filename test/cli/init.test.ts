import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeSafetensors } from '../../src/model/safetensors.ts';
import { readSafetensors } from '../../src/model/safetensors-file.ts';
import { cliFolder, type Outcome } from '../helpers/cli.ts';

const folder = cliFolder();
const inFolder = (...names: string[]): string => join(folder.path, ...names);
const train = (...args: string[]): Outcome =>
  folder.weft('train', '--data', folder.data, '--quiet', '--epochs', '1', ...args);
test.after(() => folder.remove());

for (const engine of ['reference', 'wasm']) {
  test(`${engine}: a run begins with the weights of a file: at a rate of 0, as float32, it ends with them`, () => {
    const first = train('--limit', '100', '--engine', engine, '--out', `first-${engine}`);
    assert.is(first.status, 0, first.stderr);
    const file = join(`first-${engine}`, 'model.safetensors');
    const options = ['--seed', '7', '--optimizer', 'sgd', '--learning-rate', '1e-300'];
    const second = train(
      '--limit',
      '100',
      '--engine',
      engine,
      ...options,
      '--init',
      file,
      '--out',
      `second-${engine}`,
    );
    assert.is(second.status, 0, second.stderr);
    const after = readSafetensors(inFolder(`second-${engine}`, 'model.safetensors'));
    assert.equal(after, readSafetensors(inFolder(file)));
    const config = JSON.parse(readFileSync(inFolder(`second-${engine}`, 'config.json'), 'utf8')) as {
      init: string;
    };
    assert.is(config.init, inFolder(file));
  });
}

const values = (...shape: number[]) => ({
  shape,
  values: new Float32Array(shape.reduce((size, n) => size * n, 1)),
});
const files: readonly (readonly [string, string, Uint8Array | null, RegExp])[] = [
  [
    'a file that is not there',
    'none',
    null,
    /^weft: none\.safetensors: cannot read weights: no such file\n$/,
  ],
  [
    'another file',
    'text',
    Buffer.from('hello'),
    /^weft: text\.safetensors: expected a safetensors file, found 5 bytes\n$/,
  ],
  [
    'weights under other names',
    'names',
    encodeSafetensors(new Map([['fc1.weight', values(32, 36)]])),
    /^weft: names\.safetensors: the model has no parameter fc1\.weight \[32, 36\]; its first is dense_1\/kernel \[36, 32\]\n$/,
  ],
  [
    'weights of other shapes',
    'shapes',
    encodeSafetensors(new Map([['dense_1/kernel', values(784, 32)]])),
    /^weft: shapes\.safetensors: dense_1\/kernel has shape \[784, 32\], the model expects \[36, 32\]\n$/,
  ],
];
for (const [what, name, bytes, message] of files) {
  for (const engine of ['reference', 'wasm']) {
    test(`${engine}: refuses ${what}, in one line, before a folder is made`, () => {
      if (bytes) writeFileSync(inFolder(`${name}.safetensors`), bytes);
      const { status, stderr } = train(
        '--init',
        `${name}.safetensors`,
        '--engine',
        engine,
        '--threads',
        '1',
        '--out',
        'run',
      );
      assert.match(stderr, message);
      assert.is(status, 1);
      assert.not.ok(existsSync(inFolder('run')));
    });
  }
}

test.run();
