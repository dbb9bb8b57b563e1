import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { packingFlag } from '../../../../src/engine/wasm/packing/flag.ts';

const oldName = '  --experimental-wasm-revectorize (enable 128 to 256 bit revectorization (experimental))';
const newName = '  --wasm-revectorize (enable 128 to 256 bit revectorization)';
const others =
  '  --trace-wasm-revectorize (trace wasm revectorize)\n        type: bool  default: --no-trace-wasm-revectorize';

function neverAsked(): string {
  throw new Error('this version is known');
}

test('known versions of V8 are not asked; before Node 24 the flag is not safe', () => {
  assert.is(packingFlag('12.4.254.21-node.57', neverAsked), null);
  for (const known of ['13.0.1', '13.6.233.17-node.53', '14.1.146.11-node.25', '14.6.202.34-node.34']) {
    assert.is(packingFlag(known, neverAsked), 'experimental-wasm-revectorize');
  }
});

test('newer versions are asked for the name that they have', () => {
  const flagIn = (...lines: string[]): string | null => packingFlag('14.7.1', () => lines.join('\n'));
  assert.is(flagIn(others, oldName), 'experimental-wasm-revectorize');
  assert.is(flagIn(others, newName), 'wasm-revectorize');
  assert.is(flagIn(others), null);
  assert.is(flagIn(''), null);
});

test('the Node that runs this lists its flags in the form that is read', () => {
  const flag = packingFlag('99.0');
  const { stdout } = spawnSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
  assert.is(flag !== null, /^ {2}--(experimental-)?wasm-revectorize /m.test(stdout));
});

test.run();
