import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { version } from '../src/version.ts';

test('the version is that of package.json', () => {
  const text = readFileSync(join(import.meta.dirname, '../package.json'), 'utf8');
  assert.is(version, (JSON.parse(text) as { version: string }).version);
});

test.run();
