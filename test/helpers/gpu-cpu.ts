import { createRequire } from 'node:module';
import * as assert from 'uvu/assert';
import type { GpuKernel, Launch } from '../../src/tensor/gpu/kernel.ts';
import {
  averagePool2d,
  averagePool2dBackward,
  maxPool2d,
  maxPool2dBackward,
} from '../../src/tensor/gpu/kernels/pool.ts';
import {
  batchMoments,
  batchNorm,
  batchNormBackwardInput,
  batchNormBackwardParameters,
  updateAverage,
} from '../../src/tensor/gpu/kernels/batch-norm.ts';
import { conv2d, conv2dBackwardFilter, conv2dBackwardInput } from '../../src/tensor/gpu/kernels/conv2d.ts';
import { dropoutMask } from '../../src/tensor/gpu/kernels/dropout.ts';
import { warpImages } from '../../src/tensor/gpu/kernels/warp.ts';
import type { Operation, OperationKind, OperationTable } from '../../src/tensor/operation.ts';
import type { Ops } from '../../src/tensor/ops.ts';
import { Recorder } from '../../src/tensor/recorder.ts';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import type { DataType, Storage, Tensor } from '../../src/tensor/tensor.ts';
import { assertClose, assertSameBits } from './close.ts';

/** What the tests need of gpu.js. */
interface GpuModule {
  readonly GPU: new (settings: { mode: GpuMode }) => Gpu;
}
interface Gpu {
  createKernel(source: string, settings: KernelSettings): (...inputs: readonly Float32Array[]) => GpuResult;
  destroy(): Promise<void>;
}
interface KernelSettings {
  readonly output: readonly [number];
  readonly constants: Readonly<Record<string, number>>;
  /** Whether constants that are whole numbers are integers on the device. */
  readonly strictIntegers: boolean;
}
type GpuResult = Float32Array | Promise<Float32Array>;
/** `cpu` is gpu.js's translation to JavaScript, which computes in double precision. */
export type GpuMode = 'cpu' | 'webgpu';

const { GPU } = createRequire(import.meta.url)('gpu.js') as GpuModule;

/** A kernel of gpu.js has at most so many arrays: WebGPU gives it eight, and one is for the result. */
const mostInputs = 7;

const launchesOf: Partial<OperationTable<readonly Launch[]>> = {
  warpImages,
  dropoutMask,
  conv2d,
  conv2dBackwardInput,
  conv2dBackwardFilter,
  maxPool2d,
  maxPool2dBackward,
  averagePool2d,
  averagePool2dBackward,
  batchMoments,
  updateAverage,
  batchNorm,
  batchNormBackwardParameters,
  batchNormBackwardInput,
};

function lower<K extends OperationKind>(operation: Operation<K>): readonly Launch[] {
  const lowered = launchesOf[operation.kind];
  if (!lowered) throw new Error(`${operation.kind} has no launches`);
  return lowered(operation);
}

/**
 * Runs launches one after the other, with a kernel built for each name. `values` holds what each tensor has on the
 * device: results are put there, and an input that is not there is an error.
 */
export async function runLaunches(
  launches: readonly Launch[],
  values: Map<Storage, Float32Array>,
  mode: GpuMode = 'cpu',
): Promise<void> {
  const gpu = new GPU({ mode });
  const built = new Map<string, { kernel: GpuKernel; run: ReturnType<Gpu['createKernel']> }>();
  for (const { kernel, inputs, output } of launches) {
    assert.ok(inputs.length <= mostInputs, `${kernel.name}: ${inputs.length} inputs`);
    assert.is(output.length, kernel.length, `${kernel.name}: length of its output`);
    const { name, source, constants, length } = kernel;
    if (!built.has(name)) {
      built.set(name, {
        kernel,
        run: gpu.createKernel(source, { output: [length], constants, strictIntegers: true }),
      });
    }
    const { kernel: first, run } = built.get(name)!;
    assert.equal(kernel, first, 'kernels of one name');
    const operands = inputs.map((storage) => {
      const operand = values.get(storage);
      if (!operand) throw new Error(`${name}: an input has no values yet`);
      return operand;
    });
    // oxlint-disable-next-line no-await-in-loop -- the next launch may need the result
    values.set(output, Float32Array.from(await run(...operands)));
  }
  await gpu.destroy();
}

interface Setup {
  /** Tensors with values before the program; those that it changes are compared, too. */
  readonly inputs: readonly Tensor<DataType>[];
  readonly changed?: readonly Tensor<DataType>[];
  readonly compute: (ops: Ops) => readonly Tensor<DataType>[];
  /** 2e-6 of each value, and this share of the largest value of a result, for sums whose terms cancel; 2e-6. */
  readonly relativeToLargest?: number;
  /** Whether every bit must be the same; those of integers always must. */
  readonly exact?: boolean;
}

/** Runs the same operations as kernels of gpu.js and as plain loops: results agree. */
export async function checkGpu(what: string, setup: Setup, mode: GpuMode = 'cpu'): Promise<void> {
  const { inputs, changed = [], compute, relativeToLargest = 2e-6, exact = false } = setup;
  const recorder = new Recorder();
  const results = [...compute(recorder), ...changed];
  const launches = recorder.finish(what, results).operations.flatMap((operation) => lower(operation));
  const values = new Map<Storage, Float32Array>();
  for (const tensor of inputs)
    values.set(tensor.storage, Float32Array.from(tensor.values as ArrayLike<number>));
  await runLaunches(launches, values, mode);
  const expected = [...compute(new EagerOps()), ...changed];
  for (const [index, { storage, dtype }] of results.entries()) {
    const label = `${what}, result ${index}`;
    const [actual, wanted] = [values.get(storage)!, Array.from(expected[index]!.values as ArrayLike<number>)];
    if (exact || dtype === 'int32') assertSameBits(actual, wanted, label);
    else {
      const largest = Math.max(...wanted.map(Math.abs));
      assertClose(actual, wanted, { rtol: 2e-6, atol: 1e-7 + relativeToLargest * largest }, label);
    }
  }
}
