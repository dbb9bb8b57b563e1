import type { Ops } from '../../src/tensor/ops.ts';
import { Recorder } from '../../src/tensor/recorder.ts';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import type { DataType, Tensor } from '../../src/tensor/tensor.ts';
import { planProgram } from '../../src/engine/wasm/plan/plan.ts';
import type { Target } from '../../src/engine/wasm/kernels/kernel.ts';
import { assertClose, assertSameBits } from './close.ts';
import { guardedRun } from './guarded-run.ts';

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

/**
 * Runs the same operations as generated code and with the reference: results agree, to the bit for any number of
 * threads, and of pieces of their work.
 */
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
    for (const [threads, pieces] of [
      [1, 1],
      [3, 1],
      [2, 2],
    ] as const) {
      const recorder = new Recorder();
      const results = [...compute(recorder), ...changed];
      const program = recorder.finish(what, results);
      const plan = planProgram(program, target, threads, pieces);
      const values = guardedRun(plan, threads, before);
      const actual = results.map(({ storage }) => values.get(storage)!);
      for (const [index, result] of results.entries()) {
        const label = `${what}, result ${index}, ${threads} threads, ${pieces} pieces`;
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
