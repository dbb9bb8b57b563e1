import { globSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as publicInterface from '../../src/index.ts';
import type { LayerType } from '../../src/layers/define-layer.ts';
import { layerTypes } from '../../src/model/layer-types.ts';

const folder = join(import.meta.dirname, '../../src/layers');
const files = globSync('*.ts', { cwd: folder });
const modules = await Promise.all(
  files.map((file) => import(join(folder, file)) as Promise<Readonly<Record<string, unknown>>>),
);
/** What the files in src/layers declare: `denseLayer` and so on. */
const declared = modules.flatMap((module) =>
  Object.entries(module).filter(([name, value]) => name.endsWith('Layer') && typeof value === 'object'),
) as [string, LayerType][];

test('every layer that is declared is in the list of types, and each type is there once', () => {
  assert.equal(new Set(layerTypes), new Set(declared.map(([, type]) => type)));
  assert.is(new Set(layerTypes.map(({ type }) => type)).size, declared.length);
});

test('the library exports the function of every layer', () => {
  const functions = declared.map(([name]) => name.replace(/Layer$/, ''));
  assert.equal(
    functions.filter((name) => !(name in publicInterface)),
    [],
  );
});

test.run();
