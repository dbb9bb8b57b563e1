import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Ops } from '../../../../src/tensor/ops.ts';
import type { Program } from '../../../../src/tensor/program.ts';
import { Recorder } from '../../../../src/tensor/recorder.ts';
import { EagerOps } from '../../../../src/tensor/reference/eager.ts';
import type { Storage } from '../../../../src/tensor/tensor.ts';
import { Tensor } from '../../../../src/tensor/tensor.ts';
import type { Target } from '../../../../src/engine/wasm/kernels/kernel.ts';
import { planProgram } from '../../../../src/engine/wasm/plan/plan.ts';
import { assertClose, assertSameBits } from '../../../helpers/close.ts';
import { guardedRun } from '../../../helpers/guarded-run.ts';
import { randomTensor } from '../../../helpers/random-tensor.ts';

const targets: Readonly<Record<string, Target>> = {
  'mul and add, 128-bit tiles': { fma: false, wide: false },
  'fused multiply-add, 128-bit tiles': { fma: true, wide: false },
  'fused multiply-add, 256-bit tiles': { fma: true, wide: true },
};
const wide: Target = { fma: true, wide: true };

interface Operands {
  readonly weight: Tensor;
  readonly m: Tensor;
  readonly v: Tensor;
  readonly coefficients: Tensor;
}

/** Optimizers with all that changes their code. */
const optimizers: Readonly<Record<string, (ops: Ops, gradient: Tensor, operands: Operands) => void>> = {
  Adam: (ops, gradient, operands) =>
    ops.adamUpdate({ ...operands, gradient }, { ...adamConstants, decoupledDecay: false }),
  AdamW: (ops, gradient, operands) =>
    ops.adamUpdate({ ...operands, gradient }, { ...adamConstants, decoupledDecay: true }),
  SGD: (ops, gradient, { weight, m, coefficients }) =>
    ops.sgdUpdate(
      { weight, velocity: m, coefficients, gradient },
      { momentum: 0.9, nesterov: false, decoupledDecay: false },
    ),
  'Nesterov, with decay': (ops, gradient, { weight, m, coefficients }) =>
    ops.sgdUpdate(
      { weight, velocity: m, coefficients, gradient },
      { momentum: 0.9, nesterov: true, decoupledDecay: true },
    ),
};
const adamConstants = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

interface Step {
  /** Rows of the batch, inputs, outputs. */
  readonly size: readonly [rows: number, inputs: number, outputs: number];
  readonly update: keyof typeof optimizers;
  readonly threads?: number;
}

/** New tensors of a layer: x [rows, inputs], dy [rows, outputs], a weight and what an optimizer keeps for it. */
function layer([rows, inputs, outputs]: Step['size']): Operands & {
  readonly x: Tensor;
  readonly dy: Tensor;
} {
  const like = (name: string): Tensor => randomTensor('float32', [inputs, outputs], name);
  const v = like('v');
  for (let i = 0; i < v.size; i++) v.values[i] = Math.abs(v.values[i]!);
  return {
    x: randomTensor('float32', [rows, inputs], 'x'),
    dy: randomTensor('float32', [rows, outputs], 'dy'),
    weight: like('weight'),
    m: like('m'),
    v,
    coefficients: Tensor.from('float32', [2], Float32Array.of(0.01, 0.001), 'coefficients'),
  };
}

/** What becomes of weight, m and v. `keep`: the gradient is a result of the program, too. */
function step({ size, update, threads = 1 }: Step, target: Target, keep = false): ArrayLike<number>[] {
  const operands = layer(size);
  const { x, dy, weight, m, v } = operands;
  const recorder = new Recorder();
  const gradient = recorder.matmul(x, dy, { transposeA: true });
  optimizers[update]!(recorder, gradient, operands);
  const plan = planProgram(recorder.finish('step', keep ? [gradient] : []), target, threads);
  assert.is(plan.phases.flat().length, keep ? 2 : 1, 'tasks');
  const inputs = new Map(
    [x, dy, weight, m, v, operands.coefficients].map(({ storage, values }) => [storage, values] as const),
  );
  const results = guardedRun(plan, threads, inputs);
  return [weight, m, v].map(({ storage }: { storage: Storage }) => results.get(storage)!);
}

/** The same with the reference. */
function referenceStep({ size, update }: Step): ArrayLike<number>[] {
  const operands = layer(size);
  const ops = new EagerOps();
  optimizers[update]!(ops, ops.matmul(operands.x, operands.dy, { transposeA: true }), operands);
  return [operands.weight, operands.m, operands.v].map(({ values }) => values);
}

const tolerance = { rtol: 1e-5, atol: 1e-5 };

for (const [name, target] of Object.entries(targets)) {
  test(`${name}: a weight is updated by the product that is its gradient, and by nothing twice`, () => {
    for (const update of Object.keys(optimizers)) {
      for (const size of [
        [9, 13, 10],
        [5, 7, 16],
        [17, 11, 37],
        [4, 22, 61],
        [3, 1, 3],
      ] as const) {
        const what = `${update} ${size.join('×')}`;
        const expected = referenceStep({ size, update });
        for (const [index, values] of step({ size, update }, target).entries())
          assertClose(values, expected[index]!, tolerance, `${what}, ${['weight', 'm', 'v'][index]}`);
      }
    }
  });

  test(`${name}: the bits are those of a gradient that is stored, for any number of threads`, () => {
    for (const update of Object.keys(optimizers)) {
      // the last is a sum in three blocks
      for (const size of [
        [9, 30, 37],
        [530, 14, 19],
      ] as const) {
        const stored = step({ size, update }, target, true);
        for (const threads of [1, 2, 3]) {
          const values = step({ size, update, threads }, target);
          for (const [index, those] of stored.entries())
            assertSameBits(values[index]!, those, `${update} ${size.join('×')} on ${threads}`);
        }
      }
    }
  });
}

test('the weight that the backward pass needs is the one before the update', () => {
  const { x, dy, ...operands } = layer([6, 5, 9]);
  const recorder = new Recorder();
  const gradient = recorder.matmul(x, dy, { transposeA: true });
  const dx = recorder.matmul(dy, operands.weight, { transposeB: true });
  optimizers['Adam']!(recorder, gradient, operands);
  const plan = planProgram(recorder.finish('step', [dx]), wide, 2);
  const names = plan.phases.map((tasks) => tasks.map(({ name }) => name));
  assert.equal(
    names,
    [['pack 9×5'], ['matmul nt 6×9×5'], ['matmul tn 5×6×9 + adamUpdate']].slice(0, names.length),
  );
});

/** How many tasks a program has that updates a weight by a gradient that `use` may use. */
function tasksOf(use: (ops: Recorder, gradient: Tensor, tensors: ReturnType<typeof layer>) => void): number {
  const tensors = layer([6, 5, 9]);
  const recorder = new Recorder();
  const gradient = recorder.matmul(tensors.x, tensors.dy, { transposeA: true });
  use(recorder, gradient, tensors);
  optimizers['Adam']!(recorder, gradient, tensors);
  const program: Program = recorder.finish('step', []);
  return planProgram(program, wide, 1).phases.flat().length;
}

test('a weight that does not stay in the caches of the threads is left to its own update', () => {
  const tasks = (threads: number): number => {
    const { x, dy, ...operands } = layer([2, 400, 200]);
    const recorder = new Recorder();
    optimizers['Adam']!(recorder, recorder.matmul(x, dy, { transposeA: true }), operands);
    return planProgram(recorder.finish('step'), wide, threads).phases.flat().length;
  };
  // 3 arrays of 80,000 floats: 938 KiB
  assert.equal([1, 2, 3].map(tasks), [2, 1, 1]);
});

test('a gradient is stored where others use it, or where its operands change before the update', () => {
  assert.is(
    tasksOf(() => {}),
    1,
  );
  // an L2 penalty adds to the gradient
  assert.is(
    tasksOf((ops, gradient, { weight }) => ops.addScaled(gradient, weight, 0.1)),
    3,
  );
  assert.is(
    tasksOf((ops, _, { x }) => ops.addScaled(x, x, 0.5)),
    3,
  );
});

test.run();
