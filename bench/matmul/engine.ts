/** The kernels of weft, at the end of each family: the same ideas in production code, for all shapes. */
import type { Engine } from '../../src/engine/engine.ts';
import { Recorder } from '../../src/tensor/recorder.ts';
import { ReferenceEngine } from '../../src/engine/reference-engine.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { WasmEngine } from '../../src/engine/wasm/engine.ts';
import { noWebGpu } from './adapter.ts';
import type { Product, Rung, Sizes } from './rung.ts';
import { missing } from './wasm.ts';

export const engineLoops: Rung = {
  name: 'engine-loops',
  family: 'TypeScript',
  idea: 'the reference loops of weft',
  unavailable: () => null,
  create: (sizes) => onEngine(new ReferenceEngine(), sizes),
};

export const engineWasm: Rung = {
  name: 'engine-wasm',
  family: 'WebAssembly',
  idea: "weft's own kernel, one thread",
  unavailable: () => missing(['simd']),
  create: async (sizes) => onEngine(await WasmEngine.start({ threads: 1 }), sizes),
};

export const engineThreads: Rung = {
  name: 'engine-threads',
  family: 'WebAssembly',
  idea: "weft's own kernel, all threads",
  threaded: true,
  unavailable: () => missing(['simd']),
  create: async (sizes, threads) => onEngine(await WasmEngine.start({ threads }), sizes),
};

export const engineGpu: Rung = {
  name: 'engine-gpu',
  family: 'WGSL',
  idea: "weft's own tiles, generated",
  unavailable: noWebGpu,
  async create(sizes) {
    const { startGpuEngine } = await import('../../src/engine/gpu/start.ts');
    return onEngine(await startGpuEngine({ backend: 'webgpu' }), sizes);
  },
};

async function onEngine(engine: Engine, { m, k, n }: Sizes): Promise<Product> {
  const a = Tensor.zeros('float32', [m, k], 'a');
  const b = Tensor.zeros('float32', [k, n], 'b');
  const c = Tensor.zeros('float32', [m, n], 'c');
  const ops = new Recorder();
  ops.matmul(a, b, { out: c });
  const executable = await engine.compile(ops.finish('matmul'));
  const finish = await waitFor(engine);
  // the first run compares the kernels with the reference, which takes longer than many products
  await executable.run();
  await finish();
  return {
    load(fromA, fromB) {
      engine.write(a, fromA);
      engine.write(b, fromB);
      engine.write(c, new Float32Array(m * n).fill(NaN)); // NaN shows an element that is never written
    },
    async run(times) {
      for (let time = 0; time < times; time++) await executable.run();
      await finish();
    },
    read: () => engine.read(c),
    dispose: () => engine.close(),
  };
}

/** Waits until an engine has done all that it was given. A GPU works asynchronously: reading a number back waits. */
async function waitFor(engine: Engine): Promise<() => Promise<unknown>> {
  if (engine.name !== 'gpu') return () => Promise.resolve();
  const [number, zero] = [Tensor.zeros('float32', [1], 'number'), Tensor.zeros('float32', [1], 'zero')];
  const ops = new Recorder();
  ops.addScaled(number, zero, 1);
  await engine.compile(ops.finish('a number to read')); // from now on the engine has it
  return () => engine.read(number);
}
