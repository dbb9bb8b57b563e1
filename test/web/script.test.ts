import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const script = join(import.meta.dirname, '../../scripts/web.ts');

test('npm run web: wrong options are one line', () => {
  for (const [words, message] of [
    [['--port', 'x'], /^web: --port: expected a number from 0 to 65535, got "x"\n$/],
    [['--bild'], /^web: Unknown option '--bild'.*\n$/],
    [['somewhere'], /^web: Unexpected argument 'somewhere'.*\n$/],
  ] as const) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...words], { encoding: 'utf8' });
    assert.equal([status, stdout], [2, '']);
    assert.match(stderr, message);
  }
});

test.run();
