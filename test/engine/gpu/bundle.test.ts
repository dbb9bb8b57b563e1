import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const fixture = join(import.meta.dirname, '../../fixtures/gpu-product.ts');
const folder = mkdtempSync(join(tmpdir(), 'weft-bundle-'));
test.after(() => rmSync(folder, { recursive: true }));

// [1 −2 3; 4 5 −6] · [1 2; 3 4; 5 6]
const expected = {
  mode: 'cpu',
  results: [
    [10, 12, -11, -8],
    [10, 12, 0, 0],
  ],
};

function run(script: string, environment: NodeJS.ProcessEnv = {}): unknown {
  const options = { encoding: 'utf8', env: { ...process.env, ...environment } } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], options);
  assert.is(status, 0, stderr);
  return JSON.parse(stdout);
}

test('kernels survive bundling and minifying: their text is what gpu.js reads', async () => {
  const outfile = join(folder, 'bundle.mjs');
  const banner =
    "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
  await build({
    entryPoints: [fixture],
    outfile,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    banner: { js: banner },
    logLevel: 'error',
  });
  assert.equal(run(outfile), expected);
});

test("kernels survive V8's coverage", () => {
  const coverage = join(folder, 'coverage');
  assert.equal(run(fixture, { NODE_V8_COVERAGE: coverage }), expected);
  assert.ok(readdirSync(coverage).length > 0, 'coverage was collected');
});

test.run();
