/** The library runs in any host: what it loads does not need Node. `node.ts` adds what does. */
import { builtinModules, isBuiltin } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as library from '../src/index.ts';
import * as libraryForNode from '../src/node.ts';

const source = join(import.meta.dirname, '../src');

/** The imports of Node's modules that loading a file of src/ leads to, as a bundler for browsers sees them. */
async function nodeImports(entry: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [join(source, entry)],
    absWorkingDir: source,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    external: ['node:*', ...builtinModules],
    write: false,
    outdir: 'out',
    metafile: true,
    logLevel: 'error',
  });
  return Object.entries(metafile.inputs).flatMap(([file, { imports }]) =>
    imports
      .filter(({ path, external }) => external && isBuiltin(path))
      .map(({ path }) => `${file} imports ${path}`),
  );
}

for (const entry of [
  'index.ts',
  'session.ts',
  'session/worker.ts',
  'train/fit.ts',
  'train/evaluate.ts',
  'train/predict.ts',
]) {
  test(`${entry} needs no module of Node`, async () => {
    assert.equal(await nodeImports(entry), []);
  });
}

test('an import of a module of Node is found, however far away', async () => {
  const found = await nodeImports('node.ts');
  assert.ok(found.includes('data/idx/idx.ts imports node:zlib'), found.join('\n'));
});

test('node.ts is all of index.ts, and more', () => {
  const all = new Map<string, unknown>(Object.entries(libraryForNode));
  for (const [name, value] of Object.entries(library)) assert.is(all.get(name), value, name);
  assert.ok(all.has('fashionMnist'));
  assert.not.ok('fashionMnist' in library);
});

test.run();
