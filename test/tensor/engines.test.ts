import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createEngine, EngineError, type GpuCandidate } from '../../src/tensor/engines.ts';
import { ReferenceEngine } from '../../src/tensor/reference/engine.ts';

/** Stands in for a GPU. */
class Candidate extends ReferenceEngine implements GpuCandidate {
  readonly software: boolean;
  closed = false;

  constructor(software: boolean) {
    super();
    this.software = software;
  }

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
  const candidate = new Candidate(false);
  const { run, tried } = trial(0.0123);
  const { engine, reason } = await createEngine('auto', {
    trial: run,
    startGpu: () => Promise.resolve(candidate),
  });
  assert.is(engine, candidate);
  assert.is(reason, 'a step takes 12.3 ms on the GPU, 1000 ms on the processor');
  assert.equal(tried, ['wasm', 'gpu']);
  assert.not.ok(candidate.closed);
});

test('auto stays with wasm if the GPU is slower, or fails, and closes it', async () => {
  for (const [run, time] of [
    [trial(2).run, '2000 ms'],
    [
      (engine: object) =>
        engine instanceof Candidate ? Promise.reject(new Error('lost')) : Promise.resolve(1),
      'an error',
    ],
  ] as const) {
    const candidate = new Candidate(false);
    const chosen = await createEngine('auto', { trial: run, startGpu: () => Promise.resolve(candidate) });
    assert.is(chosen.engine.name, 'wasm');
    assert.is(chosen.reason, `a step takes ${time} on the GPU, 1000 ms on the processor`);
    assert.ok(candidate.closed);
    await chosen.engine.close();
  }
});

test('auto never takes an adapter in software, and does without a GPU; nothing is tried then', async () => {
  const software = new Candidate(true);
  for (const startGpu of [
    () => Promise.resolve(software),
    () => Promise.reject(new Error('there is no WebGPU here')),
  ]) {
    const { run, tried } = trial(0.001);
    const { engine, reason } = await createEngine('auto', { trial: run, startGpu });
    assert.is(engine.name, 'wasm');
    assert.is(reason, 'the fastest engine here');
    assert.equal(tried, []);
    await engine.close();
  }
  assert.ok(software.closed);
});

test('asked for by name, a GPU that cannot run is an error', async () => {
  const startGpu = () => Promise.reject(new Error('no adapter'));
  try {
    await createEngine('gpu', { startGpu });
    assert.unreachable();
  } catch (error) {
    assert.instance(error, EngineError);
    assert.is((error as Error).message, 'the gpu engine cannot run: no adapter');
  }
});

test.run();
