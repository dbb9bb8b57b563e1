import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WasmEngine } from '../../../../src/engine/wasm/engine.ts';
import { Recorder } from '../../../../src/tensor/recorder.ts';
import type { Program } from '../../../../src/tensor/program.ts';
import { Tensor } from '../../../../src/tensor/tensor.ts';
import { fit } from '../../../../src/train/fit.ts';
import { temporaryFolder } from '../../../helpers/idx-file.ts';
import { noiseExamples, untrainedRun } from '../../../helpers/saved-run.ts';

const folder = temporaryFolder();
test.after(() => folder.remove());

/** How a promise settles, within seconds: one that never does fails the test instead of hanging it. */
async function outcome(promise: Promise<unknown>): Promise<string> {
  const limit = new AbortController();
  const never = new Promise<string>((resolve) => {
    const timer = setTimeout(() => resolve('it never settles'), 20_000);
    limit.signal.addEventListener('abort', () => clearTimeout(timer));
  });
  const settled = promise.then(
    () => 'it succeeds',
    (error: unknown) => (error as Error).message,
  );
  return Promise.race([settled, never]).finally(() => limit.abort());
}

function sumProgram(): Program {
  const x = Tensor.zeros('float32', [64, 64], 'x');
  const ops = new Recorder();
  return ops.finish('sum', [ops.matmul(x, x)]);
}

for (const threads of [1, 3]) {
  test(`on an engine that is closed, with ${threads} threads, fit and compile fail`, async () => {
    const engine = await WasmEngine.start({ threads });
    const { model } = untrainedRun('run', [6, 6, 1], ['a', 'b']);
    await engine.close();
    const training = fit(model, noiseExamples(20, [6, 6, 1], 2), { engine, epochs: 1 });
    assert.is(await outcome(training), 'the wasm engine is closed');
    assert.is(await outcome(engine.compile(sumProgram())), 'the wasm engine is closed');
    await engine.close();
  });
}

test('a program that was compiled before the engine was closed fails, also in the middle of its work', async () => {
  const engine = await WasmEngine.start({ threads: 3 });
  const program = await engine.compile(sumProgram());
  await program.run();
  const compiling = outcome(engine.compile(sumProgram()));
  await engine.close();
  assert.match(await compiling, /^(the wasm engine is closed|it succeeds)$/);
  assert.is(await outcome(program.run()), 'the wasm engine is closed');
});

test('a worker that ends while it starts, without an error and with exit code 0, is an error of the start', () => {
  const preload = join(folder.path, 'preload.cjs');
  writeFileSync(preload, "if (!require('node:worker_threads').isMainThread) process.exit(0);\n");
  const script = `
    import { WasmEngine } from ${JSON.stringify(new URL('../../../../src/engine/wasm/engine.ts', import.meta.url).href)};
    await WasmEngine.start({ threads: 3 }).then(() => console.log('started'), (error) => console.log(error.message));
  `;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 30_000,
    env: { ...process.env, NODE_OPTIONS: `--require=${preload}` },
  });
  assert.match(stdout, /^worker thread [12] ended unexpectedly, with code 0\n$/, stderr);
  assert.is(status, 0);
});

test.run();
