import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createEngine, EngineError } from '../../../src/engine/create-engine.ts';

test('the version of webgpu to install is the one in package.json, in messages and in the README', () => {
  const read = (path: string): string => readFileSync(join(import.meta.dirname, '../../..', path), 'utf8');
  const { peerDependencies } = JSON.parse(read('package.json')) as { peerDependencies: { webgpu: string } };
  for (const path of ['README.md', 'src/engine/gpu/webgpu/adapter.ts']) {
    const versions = [...read(path).matchAll(/webgpu@([\d.]+\d)/g)].map((match) => match[1]);
    assert.equal(versions, [peerDependencies.webgpu], path);
  }
});

test('the engine takes no threads', async () => {
  const error = await createEngine('gpu', { threads: 2 }).catch((reason: unknown) => reason);
  assert.instance(error, EngineError);
  assert.match((error as Error).message, 'no threads to set, got 2');
});

test.run();
