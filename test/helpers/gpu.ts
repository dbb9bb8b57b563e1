import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Ops } from '../../src/tensor/ops.ts';
import { Recorder } from '../../src/tensor/recorder.ts';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import type { DataType, Tensor } from '../../src/tensor/tensor.ts';
import { GlEngine } from '../../src/engine/gpu/gl/engine.ts';
import type { GpuEngine } from '../../src/engine/gpu/gpu-engine.ts';
import { startGpuEngine } from '../../src/engine/gpu/start.ts';
import type { GpuBackend } from '../../src/engine/gpu/gpu-js.ts';
import { inNode } from '../../src/engine/node.ts';
import { assertClose, assertSameBits } from './close.ts';
import type { CaseTolerance } from './run-cases.ts';
import { testUnless } from './test-unless.ts';

/** What a page says, where these tests are bundled for one. */
const { gpuBackend } = globalThis as { gpuBackend?: GpuBackend };
/** The backend on which each operation is tested: WebGPU, or what is asked for. */
const tested: GpuBackend = gpuBackend ?? ((process.env['GPU_BACKEND'] ?? 'webgpu') as GpuBackend);
/** Those that may be here. */
const backends: readonly GpuBackend[] = gpuBackend ? [gpuBackend] : ['webgpu', 'headlessgl'];

/** Why a backend is not here; null if it is. */
async function whyMissing(backend: GpuBackend): Promise<string | null> {
  try {
    const engine = await startGpuEngine({ backend });
    await engine.close();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

const reasons = new Map<GpuBackend, string | null>();
for (const backend of backends) reasons.set(backend, await whyMissing(backend));

/** A test that needs a backend: without it it is skipped, and says why. */
export function testOn(backend: GpuBackend, what: string, body: () => void | Promise<void>): void {
  testUnless(reasons.get(backend)!, `${what}, in mode ${backend}`, body);
}

/** A test that needs an adapter of WebGPU. */
export function testOnAdapter(what: string, body: () => void | Promise<void>): void {
  testOn('webgpu', what, body);
}

/**
 * A test of what is said where no adapter answers, whatever this machine has: `hidden` are variables of the
 * environment under which Vulkan finds no driver, and GL no display. Only Linux's loader can be told so: elsewhere it is skipped.
 */
export function testWithoutAdapter(
  what: string,
  body: (hidden: Readonly<Record<string, string>>) => void,
): void {
  // a driver that does not exist hides all others
  const hidden = { VK_ICD_FILENAMES: '/nonexistent.json', VK_DRIVER_FILES: '/nonexistent.json', DISPLAY: '' };
  const reason = process.platform === 'linux' ? null : 'adapters can be hidden on Linux only';
  testUnless(reason, what, () => body(hidden));
}

type Body = (engine: GpuEngine, mode: GpuMode) => Promise<void>;

/** A test of the engine: in gpu.js's translation to JavaScript, on every machine, and on a backend. */
export function testEachMode(what: string, body: Body): void {
  testOnCpu(what, body);
  testIn(tested, what, body);
}

/** A test of the engine that runs kernel by kernel; on WebGPU it does not. */
export function testEachGlMode(what: string, body: Body): void {
  testOnCpu(what, body);
  if (tested !== 'webgpu') testIn(tested, what, body);
}

function testOnCpu(what: string, body: Body): void {
  if (inNode) test(`${what}, in mode cpu`, async () => run(await GlEngine.startOnCpu(), 'cpu', body));
}

function testIn(backend: GpuBackend, what: string, body: Body): void {
  testOn(backend, what, async () => run(await startGpuEngine({ backend }), backend, body));
}

async function run(engine: GpuEngine, mode: GpuMode, body: Body): Promise<void> {
  try {
    await body(engine, mode);
    assert.is(engine.ranIn, mode, 'the mode that ran');
  } finally {
    await engine.close();
  }
}

interface Setup {
  /** Tensors with values before the program; those that it changes are compared, too. */
  readonly inputs: readonly Tensor<DataType>[];
  readonly changed?: readonly Tensor<DataType>[];
  readonly compute: (ops: Ops) => readonly Tensor<DataType>[];
  /** A bound besides that of each value: this share of the largest of a result, for sums whose terms cancel. */
  readonly relativeToLargest?: number;
  /** Where every bit must be the same; those of integers always must. A GPU may fuse a product with a sum. */
  readonly exact?: 'cpu' | 'everywhere';
}

/** Relative to each value; JavaScript rounds each result once, a GPU has its own exp, √ and division. */
const rtol = { cpu: 2e-6, webgpu: 1e-5, webgl2: 1e-5, headlessgl: 1e-5 };
type GpuMode = keyof typeof rtol;

/** How close the results of the operations' cases must be on an engine of this mode. */
export function toleranceIn(mode: GpuMode): CaseTolerance {
  return { rtol: rtol[mode], atol: 1e-7, ofLargest: rtol[mode], ofLargestSum: 1e-5 };
}

/** Runs the same operations on the engine and with the reference: twice, the results agree. */
export async function check(
  engine: GpuEngine,
  what: string,
  { inputs, changed = [], compute, relativeToLargest, exact }: Setup,
): Promise<void> {
  const before = inputs.map(({ values }) => Array.from(values as ArrayLike<number>));
  const recorder = new Recorder();
  const results = compute(recorder);
  const executable = await engine.compile(recorder.finish(what, results));
  // the engine may know the tensors from an earlier check
  for (const [index, tensor] of inputs.entries()) engine.write(tensor, before[index]!);
  for (const run of ['first', 'second']) {
    const eager = [...compute(new EagerOps()), ...changed];
    await executable.run();
    for (const [index, result] of [...results, ...changed].entries()) {
      const label = `${what}, result ${index}, ${run} run`;
      const actual = await engine.read(result);
      const expected = Array.from(eager[index]!.values as ArrayLike<number>);
      assert.is(actual.constructor, eager[index]!.values.constructor, label);
      const mode = engine.ranIn as GpuMode;
      if (result.dtype === 'int32' || exact === 'everywhere' || exact === mode) {
        assertSameBits(actual, expected, label);
        continue;
      }
      const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const atol = 1e-7 + (relativeToLargest ?? rtol[mode]) * largest;
      assertClose(actual, expected, { rtol: rtol[mode], atol }, label);
    }
  }
  for (const [index, { values }] of inputs.entries()) (values as Float32Array).set(before[index]!);
}
