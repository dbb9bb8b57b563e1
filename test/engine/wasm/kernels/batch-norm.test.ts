import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Ops } from '../../../../src/tensor/ops.ts';
import { Recorder } from '../../../../src/tensor/recorder.ts';
import { EagerOps } from '../../../../src/tensor/reference/eager.ts';
import { Tensor } from '../../../../src/tensor/tensor.ts';
import { planProgram } from '../../../../src/engine/wasm/plan/plan.ts';
import { assertSameBits } from '../../../helpers/close.ts';
import { guardedRun } from '../../../helpers/guarded-run.ts';
import { check, targets } from '../../../helpers/conformance.ts';
import { around } from '../../../helpers/operation-cases/case.ts';
import { randomTensor } from '../../../helpers/random-tensor.ts';

/**
 * Arrays with and without image dimensions; channels around the sizes of groups: 32, 16, 8, 4 and 1. With as many
 * images as channels, what is divided by either must still not be taken for the other.
 */
const shapes = [
  [2, 1],
  [13, 5],
  [7, 33],
  [64, 16],
  [1, 3, 4, 4],
  [5, 3, 2, 7],
  [3, 5, 4, 37],
  [4, 2, 3, 60],
  [6, 7, 5, 128],
  [12, 2, 3, 12],
  [3, 6, 8],
] as const;
test('batchMoments of numbers around 100: E[x²] − E[x]² in float32 would be wrong in the second digit', () => {
  for (const shape of shapes) {
    const x = around(100, 'float32', shape, 'x');
    const what = `batchMoments around 100 ${shape.join('×')}`;
    check(what, { inputs: [x], compute: (ops) => [ops.batchMoments(x).mean] });
    const relativeToLargest = 2e-5;
    check(what, { inputs: [x], relativeToLargest, compute: (ops) => [ops.batchMoments(x).variance] });
  }
});

/** The rows of the first half again, times `sign`; what is left over is 0. */
function repeatRows({ values, shape }: Tensor, sign: 1 | -1): void {
  const half = Math.floor(values.length / shape.at(-1)! / 2) * shape.at(-1)!;
  values.fill(0, 2 * half);
  for (let i = 0; i < half; i++) values[half + i] = sign * values[i]!;
}

test('what is left of sums that cancel is the same as in the reference: mean, dBeta and dGamma', () => {
  for (const shape of shapes) {
    for (const [signX, signDy] of [
      [1, -1],
      [-1, 1],
    ] as const) {
      const [x, dy] = [randomTensor('float32', shape, 'x'), randomTensor('float32', shape, 'dy')];
      repeatRows(x, signX);
      repeatRows(dy, signDy);
      const make = (name: string) => Tensor.zeros('float32', shape.slice(-1), name);
      const [dGamma, dBeta, variance] = [make('dGamma'), make('dBeta'), make('variance')];
      const compute = (ops: Ops): Tensor => {
        const { mean } = ops.batchMoments(x);
        ops.batchNormBackwardParameters({ x, dy, mean, variance }, 0.25, { dGamma, dBeta });
        return mean;
      };
      const expected = [compute(new EagerOps()), dBeta, dGamma].map(({ values }) => values.slice());
      for (const value of [...expected[signX < 0 ? 0 : 1]!, ...expected[2]!]) {
        assert.ok(Math.abs(value) < 1e-5, `${value} is what is left`);
      }
      const recorder = new Recorder();
      const results = [compute(recorder), dBeta, dGamma];
      for (const target of targets) {
        const plan = planProgram(recorder.finish('cancelling', results), target, 3);
        const inputs = [x, dy, variance].map(({ storage, values }) => [storage, values] as const);
        const actual = guardedRun(plan, 3, new Map(inputs));
        for (const [index, { storage }] of results.entries()) {
          assertSameBits(actual.get(storage)!, expected[index]!, `result ${index} of ${shape.join('×')}`);
        }
      }
    }
  }
});

test.run();
