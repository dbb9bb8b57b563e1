import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

test('the tour: the ladder and a step of both networks, and where to go next', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, '../fixtures/short-tour.ts')],
    {
      encoding: 'utf8',
    },
  );
  assert.is(status, 0, stderr);
  const parts = [
    'This tour takes about two minutes',
    '│ 01-naive ',
    '│ engine-wasm ',
    'mlp, batch 64, wasm: ',
    '│ mlp ',
    'So an epoch of all 60,000 images takes ',
    'cnn, batch 64, wasm: ',
    '│ cnn ',
    'Where to go next',
    'npm run bench -- ladder',
  ];
  const positions = parts.map((part) => stdout.indexOf(part));
  assert.equal(
    positions,
    positions.toSorted((x, y) => x - y),
    stdout,
  );
  assert.ok(positions[0]! >= 0, stdout);
});

test.run();
