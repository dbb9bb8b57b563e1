import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const source = join(import.meta.dirname, '../src');
const files = globSync('**/*.ts', { cwd: source });

/** What each folder may import from, besides itself: one way only, towards tensor. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  tensor: [],
  layers: ['tensor'],
  optim: ['tensor'],
  data: ['tensor'],
  model: ['data', 'optim', 'layers', 'tensor'],
  train: ['model', 'data', 'optim', 'layers', 'tensor'],
  report: ['train', 'model', 'data', 'optim', 'layers', 'tensor'],
  cli: ['train', 'report', 'model', 'data', 'optim', 'layers', 'tensor'],
};
/** The engine itself, layers and optimizers run on nothing but the language. */
const withoutDependencies = ['tensor', 'layers', 'optim'];

const gpuFile = join('tensor', 'gpu', 'gpu.ts');

function importsOf(file: string): string[] {
  const text = readFileSync(join(source, file), 'utf8');
  return [...text.matchAll(/\b(?:from |import\()'([^'\n]+)'/g)].map((match) => match[1]!);
}

/** The first folder of a path within src/, or '' for a file at its top. */
function folderOf(path: string): string {
  return path.includes(sep) ? path.slice(0, path.indexOf(sep)) : '';
}

test('imports go one way: cli → report → train → model, data, optim, layers → tensor', () => {
  const violations: string[] = [];
  for (const file of files) {
    const folder = folderOf(file);
    if (folder === '') continue;
    for (const specifier of importsOf(file).filter((name) => name.startsWith('.'))) {
      const target = folderOf(normalize(join(dirname(file), specifier)));
      const fine = target === '' || target === folder || allowed[folder]!.includes(target);
      if (!fine) violations.push(`${file} imports ${specifier}`);
    }
  }
  assert.equal(violations, []);
  assert.ok(files.length > 40, 'the files were found');
});

test('tensor, layers and optim have no runtime dependency, but for gpu.js in one file', () => {
  assert.ok(importsOf(gpuFile).includes('gpu.js'));
  for (const file of files.filter((name) => withoutDependencies.includes(folderOf(name)))) {
    if (file === gpuFile) continue;
    const packages = importsOf(file).filter((name) => !/^(\.|node:)/.test(name));
    assert.equal(packages, [], file);
  }
});

test('the gpu engine, and gpu.js with it, are loaded only when they are asked for', () => {
  const folder = join('tensor', 'gpu');
  for (const file of files) {
    const text = readFileSync(join(source, file), 'utf8');
    const eager = [...text.matchAll(/^import (?!type)[^;]* from '([^']+)';$/gm)].map((match) => match[1]!);
    assert.not.ok(eager.includes('gpu.js'), `${file} imports gpu.js`);
    if (dirname(file) === folder || dirname(dirname(file)) === folder) continue;
    assert.equal(
      eager.filter((name) => /(^|\/)gpu\//.test(name)),
      [],
      file,
    );
  }
});

test.run();
