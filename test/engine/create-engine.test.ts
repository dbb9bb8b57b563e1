import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { chooseEngine, createEngine } from '../../src/engine/create-engine.ts';
import { hasHardware } from '../../src/engine/gpu/probe.ts';
import { ReferenceEngine } from '../../src/engine/reference-engine.ts';
import { assertRejects } from '../helpers/assert-rejects.ts';

/** Stands in for a GPU. */
class Candidate extends ReferenceEngine {
  closed = false;

  override async close(): Promise<void> {
    this.closed = true;
    await super.close();
  }
}

/** A trial in which the stand-in takes `gpuSeconds`, the wasm engine one second. */
function trial(gpuSeconds: number) {
  const tried: string[] = [];
  return {
    tried,
    run: (engine: object): Promise<number> => {
      tried.push(engine instanceof Candidate ? 'gpu' : 'wasm');
      return Promise.resolve(engine instanceof Candidate ? gpuSeconds : 1);
    },
  };
}

test('auto takes a GPU that is faster in a trial, and says both times', async () => {
  const candidate = new Candidate();
  const { run, tried } = trial(0.0123);
  const engine = await chooseEngine('auto', { trial: run }, () => Promise.resolve(candidate));
  assert.is(engine, candidate);
  assert.is(engine.reason, 'a step takes 12.3 ms on the GPU, 1000 ms on the processor');
  assert.equal(tried, ['wasm', 'gpu']);
  assert.not.ok(candidate.closed);
});

test('auto stays with wasm if the GPU is slower, or fails, and closes it', async () => {
  for (const [run, reason] of [
    [trial(2).run, 'a step takes 2000 ms on the GPU, 1000 ms on the processor'],
    [
      (engine: object) =>
        engine instanceof Candidate ? Promise.reject(new Error('lost')) : Promise.resolve(1),
      'the GPU is not used: lost',
    ],
  ] as const) {
    const candidate = new Candidate();
    const chosen = await chooseEngine('auto', { trial: run }, () => Promise.resolve(candidate));
    assert.is(chosen.name, 'wasm');
    assert.is(chosen.reason, reason);
    assert.ok(candidate.closed);
    await chosen.close();
  }
});

test('a trial that fails on the processor is an error of its own, not a reason to take the reference', async () => {
  const run = () => Promise.reject(new Error('use a smaller batch'));
  const startHardware = () => Promise.resolve(new Candidate());
  try {
    await chooseEngine('auto', { trial: run }, startHardware);
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).message, 'use a smaller batch');
  }
});

test('auto does without a GPU, and without one that does not start; nothing is tried then', async () => {
  for (const startHardware of [
    () => Promise.resolve(null),
    () => Promise.reject(new Error('the driver is older than the GPU')),
  ]) {
    const { run, tried } = trial(0.001);
    const engine = await chooseEngine('auto', { trial: run }, startHardware);
    assert.is(engine.name, 'wasm');
    assert.is(engine.reason, 'the fastest engine here');
    assert.equal(tried, []);
    await engine.close();
  }
});

test('the question whether there is a GPU in hardware has the answer of the process that is asked', async () => {
  const script = join(import.meta.dirname, '../../src/engine/gpu/probe-process.ts');
  const { status, stdout } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  assert.is(status, 0);
  assert.ok(['', 'software', 'hardware'].includes(stdout), stdout);
  assert.is(await hasHardware(), stdout === 'hardware');
});

test('a name or an option that does not exist is refused in one line', async () => {
  for (const [action, message] of [
    [
      () => createEngine('wsm' as never),
      /^createEngine: expected one of auto, reference, wasm, gpu, got "wsm"; did you mean wasm\?$/,
    ],
    [
      () => createEngine(undefined as never),
      /^createEngine: expected one of auto, reference, wasm, gpu, got nothing$/,
    ],
    [
      () => createEngine('wasm', { thread: 2 } as never),
      /^createEngine: unknown option thread; did you mean threads\? /,
    ],
    [
      () => createEngine('wasm', { threads: 1.5 }),
      /^createEngine: threads must be a positive integer, got 1\.5$/,
    ],
  ] as const) {
    await assertRejects(action(), message);
  }
});

test.run();
