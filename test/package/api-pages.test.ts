/** The pages of the API can be written: their links lead somewhere, and every type that they name is exported. */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryFolder } from '../helpers/idx-file.ts';

const generator = join(import.meta.dirname, '../../scripts/api-pages');
const folder = temporaryFolder();
test.after(() => folder.remove());

function writePages(...args: string[]): { readonly status: number | null; readonly output: string } {
  const script = join(generator, 'node_modules/typedoc/bin/typedoc');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    cwd: generator,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  return { status, output: stdout + stderr };
}

test('every type that a signature names is exported, and every link of the pages leads to a file', () => {
  const { status, output } = writePages('--out', folder.path);
  assert.is(status, 0, output);
  const pages = globSync('**/*.md', { cwd: folder.path });
  assert.ok(pages.some((page) => page.endsWith('fit.md')) && pages.length > 150, `${pages.length} pages`);
  const broken = pages.flatMap((page) =>
    [...readFileSync(join(folder.path, page), 'utf8').matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)]
      .filter(([, target]) => !existsSync(join(folder.path, dirname(page), target!)))
      .map(([link]) => `${page}: ${link}`),
  );
  assert.equal(broken, []);
});

test('a type that is not exported is found', () => {
  const entry = '../../src/engine/matmul.ts';
  const { status, output } = writePages('--entryPoints', entry, '--emit', 'none');
  assert.is.not(status, 0);
  assert.match(output, /Tensor, defined in .* is referenced by matmul but not included/);
});

test.run();
