import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const source = join(import.meta.dirname, '../src');
const files = globSync('**/*.ts', { cwd: source });

/** What each room may import from, besides itself and the files at the top of src/: one way only, towards tensor. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  tensor: [],
  layers: ['tensor'],
  optim: ['tensor'],
  data: ['tensor'],
  engine: ['tensor'],
  model: ['engine', 'data', 'optim', 'layers', 'tensor'],
  train: ['model', 'engine', 'data', 'optim', 'layers', 'tensor'],
  session: ['train', 'model', 'engine', 'data', 'optim', 'layers', 'tensor'],
  run: ['train', 'model', 'engine', 'data', 'optim', 'layers', 'tensor'],
  sweep: ['run', 'train', 'model', 'engine', 'data', 'optim', 'layers', 'tensor'],
  report: ['sweep', 'run', 'train', 'model', 'engine', 'data', 'optim', 'layers', 'tensor'],
  cli: ['report', 'sweep', 'run', 'train', 'model', 'engine', 'data', 'optim', 'layers', 'tensor'],
};
/** Tensors, layers and optimizers run on nothing but the language; engines too, but for gpu.js in one file. */
const withoutDependencies = ['tensor', 'layers', 'optim', 'engine'];

const gpuFile = join('engine', 'gpu', 'gpu-js.ts');

function importsOf(file: string): string[] {
  const text = readFileSync(join(source, file), 'utf8');
  return [...text.matchAll(/\b(?:from |import\()'([^'\n]+)'/g)].map((match) => match[1]!);
}

/** The files of weft that a file imports, types included, as paths within src/. */
function targetsOf(file: string): string[] {
  return importsOf(file)
    .filter((name) => name.startsWith('.'))
    .map((specifier) => normalize(join(dirname(file), specifier)));
}

/** The first folder of a path within src/, or '' for a file at its top. */
function folderOf(path: string): string {
  return path.includes(sep) ? path.slice(0, path.indexOf(sep)) : '';
}

test('imports go one way: cli → report → sweep → run → train → model → engine, data, optim, layers → tensor', () => {
  const violations: string[] = [];
  for (const file of files) {
    const folder = folderOf(file);
    if (folder === '') continue;
    for (const target of targetsOf(file)) {
      const room = folderOf(target);
      if (room !== '' && room !== folder && !allowed[folder]!.includes(room)) {
        violations.push(`${file} imports ${target}`);
      }
    }
  }
  assert.equal(violations, []);
  assert.ok(files.length > 40, 'the files were found');
});

test('no two files import each other in a circle', () => {
  assert.equal(circles(new Map(files.map((file) => [file, targetsOf(file)]))), []);
});

test('a circle of three files is found', () => {
  const graph = new Map([
    ['a', ['b']],
    ['b', ['c', 'd']],
    ['c', ['a']],
    ['d', []],
  ]);
  assert.equal(circles(graph), ['a → b → c → a']);
});

/** A path from a file back to itself for each edge that closes one, found depth first. */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].join(' → '));
    if (done.has(file)) return;
    done.add(file);
    for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}

test('a worker loads its protocol, the names of shares, and nothing else', () => {
  const threads = join('engine', 'wasm', 'threads');
  const [protocol, shares] = [join(threads, 'protocol.ts'), join(threads, 'shares.ts')];
  assert.equal(targetsOf(join(threads, 'serve.ts')), [protocol, shares]);
  for (const file of [protocol, shares]) assert.equal(targetsOf(file), []);
});

test('the page is a view: it takes from src/ the session, drawings and pictures, and nothing that computes', () => {
  const web = join(source, '../web/src');
  const taken = globSync('**/*.{ts,tsx}', { cwd: web })
    // the ladder measures the engine; cells are code of the reader
    .filter((file) => !/^(kernels|learn)\b/.test(file))
    .flatMap((file) => [...readFileSync(join(web, file), 'utf8').matchAll(/from '(?:\.\.\/)+src\/([^']+)'/g)])
    .map(([, path]) => path!);
  assert.ok(taken.includes('session.ts'));
  const allowedParts = /^(session\.ts|report\/|data\/pictures\/|layers\/layer\.ts)/;
  assert.equal(
    taken.filter((path) => !allowedParts.test(path)),
    [],
  );
});

test('tensor, layers, optim and engine have no runtime dependency, but for gpu.js in one file', () => {
  assert.ok(importsOf(gpuFile).includes('gpu.js'));
  for (const file of files.filter((name) => withoutDependencies.includes(folderOf(name)))) {
    if (file === gpuFile) continue;
    const packages = importsOf(file).filter((name) => !/^(\.|node:)/.test(name));
    assert.equal(packages, [], file);
  }
});

test('the gpu engine, and gpu.js with it, are loaded only when they are asked for', () => {
  const folder = join('engine', 'gpu') + sep;
  for (const file of files) {
    const text = readFileSync(join(source, file), 'utf8');
    const eager = [...text.matchAll(/^import (?!type)[^;]* from '([^']+)';$/gm)].map((match) => match[1]!);
    assert.not.ok(eager.includes('gpu.js'), `${file} imports gpu.js`);
    if (file.startsWith(folder)) continue;
    assert.equal(
      eager.filter((name) => /(^|\/)gpu\//.test(name)),
      [],
      file,
    );
  }
});

test.run();
