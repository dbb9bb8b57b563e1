import * as assert from 'uvu/assert';
import type { OperationKind } from '../../src/tensor/operation.ts';
import type { Ops } from '../../src/tensor/ops.ts';
import { Recorder } from '../../src/tensor/recorder.ts';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import { kernels } from '../../src/tensor/reference/kernels.ts';
import { type DataType, Tensor } from '../../src/tensor/tensor.ts';
import { planProgram } from '../../src/engine/wasm/plan/plan.ts';
import type { Target } from '../../src/engine/wasm/kernels/kernel.ts';
import { assertClose, assertSameBits } from './close.ts';
import { guardedRun } from './guarded-run.ts';

/** Operations that have a test file of their own in test/engine/wasm; operations.test.ts checks all others. */
const families: Readonly<Record<Family, readonly OperationKind[]>> = {
  averagePool: ['averagePool2d', 'averagePool2dBackward'],
  batchNorm: [
    'batchMoments',
    'updateAverage',
    'batchNorm',
    'batchNormBackwardParameters',
    'batchNormBackwardInput',
  ],
  warp: ['warpImages'],
};
type Family = 'averagePool' | 'batchNorm' | 'warp';

/** For the last test of a file: throws unless all operations of its family, or all others, were checked. */
export function assertAllChecked(family?: Family): void {
  const elsewhere = new Set<string>(Object.values(families).flat());
  const others = Object.keys(kernels).filter((kind) => !elsewhere.has(kind));
  const missing = (family ? families[family] : others).filter((kind) => !checkedKinds.has(kind));
  assert.equal(missing, [], 'operations that were not checked');
}

export const targets: readonly Target[] = [
  { fma: false, wide: false },
  { fma: true, wide: true },
];
const tolerance = { rtol: 2e-6, atol: 2e-7 };

interface Setup {
  /** Tensors with values before the program; those that it changes are compared, too. */
  readonly inputs: readonly Tensor<DataType>[];
  readonly changed?: readonly Tensor<DataType>[];
  readonly compute: (ops: Ops) => readonly Tensor<DataType>[];
  /** Bound relative to the largest value of a result, for chains of sums whose terms cancel. */
  readonly relativeToLargest?: number;
}

const checkedKinds = new Set<string>();

/** Runs the same operations as generated code and as plain loops: results agree, on 1 and 3 threads to the bit. */
export function check(what: string, { inputs, changed = [], compute, relativeToLargest = 0 }: Setup): void {
  const before = new Map(
    inputs.map(({ storage, values }) => [storage, Array.from(values as ArrayLike<number>)]),
  );
  const restore = (): void => {
    for (const { storage, values } of inputs) (values as Float32Array).set(before.get(storage)!);
  };
  const eager = compute(new EagerOps());
  const expected = [...eager, ...changed].map(({ values }) => Array.from(values as ArrayLike<number>));
  restore();
  for (const target of targets) {
    let single: ArrayLike<number>[] | null = null;
    for (const threads of [1, 3]) {
      const recorder = new Recorder();
      const results = [...compute(recorder), ...changed];
      const program = recorder.finish(what, results);
      for (const { kind } of program.operations) checkedKinds.add(kind);
      const plan = planProgram(program, target, threads);
      const values = guardedRun(plan, threads, before);
      const actual = results.map(({ storage }) => values.get(storage)!);
      for (const [index, result] of results.entries()) {
        const label = `${what}, result ${index}, ${threads} threads`;
        if (result.dtype === 'int32') assertSameBits(actual[index]!, expected[index]!, label);
        else {
          const largest = Math.max(...expected[index]!.map(Math.abs));
          const atol = tolerance.atol + relativeToLargest * largest;
          assertClose(actual[index]!, expected[index]!, { ...tolerance, atol }, label);
        }
        if (single) assertSameBits(actual[index]!, single[index]!, label);
      }
      single ??= actual;
    }
  }
}

export function integers(name: string, ...values: number[]): Tensor<'int32'> {
  return Tensor.from('int32', [values.length], Int32Array.from(values), name);
}

/** Rows and columns around the vector widths 4 and 8. */
export const awkwardShapes = [
  [1, 1],
  [1, 3],
  [2, 4],
  [3, 5],
  [7, 7],
  [5, 8],
  [4, 9],
  [13, 15],
  [6, 33],
] as const;
