import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Ops } from '../../../src/tensor/ops.ts';
import { Recorder } from '../../../src/tensor/recorder.ts';
import { EagerOps } from '../../../src/tensor/reference/eager.ts';
import { type Storage, Tensor } from '../../../src/tensor/tensor.ts';
import { planProgram } from '../../../src/engine/wasm/plan/plan.ts';
import { verifyTask } from '../../../src/engine/wasm/verify.ts';
import { randomTensor } from '../../helpers/random-tensor.ts';

/** What the check says of one operation whose kernel gives the right result, changed by `spoil`. */
function verdict(
  inputs: readonly Tensor[],
  compute: (ops: Ops) => Tensor,
  spoil: (result: Float32Array) => void,
): string | null {
  const recorder = new Recorder();
  const output = compute(recorder);
  const plan = planProgram(recorder.finish('one', [output]), { fma: true, wide: true }, 1);
  const task = plan.phases.flat().find(({ operations }) => operations.length > 0)!;
  const right = compute(new EagerOps()).values;
  const result = new Float32Array(right.length);
  const values = new Map<Storage, Float32Array>(
    inputs.map(({ storage, values: given }) => [storage, given as Float32Array]),
  );
  values.set(output.storage, result);
  return verifyTask(
    task,
    () => {
      result.set(right);
      spoil(result);
    },
    (storage) => values.get(storage) ?? null,
  );
}

const right = (): void => {};

test('a kernel that is wrong is found by the check against the reference, and named', () => {
  const a = randomTensor('float32', [5, 7], 'a');
  const b = randomTensor('float32', [7, 3], 'b');
  const product = (ops: Ops): Tensor => ops.matmul(a, b);
  assert.is(verdict([a, b], product, right), null);
  assert.match(
    verdict([a, b], product, (result) => (result[4]! += 0.01))!,
    /^matmul nn 5×7×3: element 4 is .*, the reference gives/,
  );
  assert.match(
    verdict([a, b], product, (result) => result.fill(NaN))!,
    /element 0 is NaN/,
  );
});

test('of a convolution the first and the last image are checked', () => {
  const x = randomTensor('float32', [5, 4, 3, 2], 'x');
  const filter = randomTensor('float32', [2, 2, 2, 3], 'filter');
  const convolution = (ops: Ops): Tensor => ops.conv2d(x, filter);
  const imageSize = 3 * 2 * 3;
  assert.is(verdict([x, filter], convolution, right), null);
  for (const element of [0, imageSize - 1]) {
    const spoil = (place: number) => (result: Float32Array) => void (result[place]! += 0.1);
    assert.match(verdict([x, filter], convolution, spoil(element))!, new RegExp(`element ${element} is`));
    assert.match(
      verdict([x, filter], convolution, spoil(4 * imageSize + element))!,
      new RegExp(`element ${element} is`),
    );
  }
});

test('a sum whose terms cancel may be wrong by the rounding of its terms, and not by more', () => {
  const x = Tensor.from('float32', [2, 2], Float32Array.of(1000, 500, -1000, -500), 'x');
  const sum = (ops: Ops): Tensor => ops.sumRows(x);
  const off = (error: number) => (result: Float32Array) => void (result[1]! += error);
  assert.is(verdict([x], sum, off(1e-3)), null);
  assert.match(verdict([x], sum, off(0.2))!, /element 1 is 0.2.*, the reference gives 0/);
});

test.run();
