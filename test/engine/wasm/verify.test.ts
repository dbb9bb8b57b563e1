import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Ops } from '../../../src/tensor/ops.ts';
import { Recorder } from '../../../src/tensor/recorder.ts';
import { EagerOps } from '../../../src/tensor/reference/eager.ts';
import { type Storage, Tensor } from '../../../src/tensor/tensor.ts';
import { loadImageLowerings } from '../../../src/engine/wasm/plan/lower/lower.ts';
import { planProgram } from '../../../src/engine/wasm/plan/plan.ts';
import type { Verdict } from '../../../src/engine/verify.ts';
import { verifyTask } from '../../../src/engine/wasm/verify.ts';
import { randomTensor } from '../../helpers/random-tensor.ts';

await loadImageLowerings();

/** What the check says of one operation whose kernel gives the right result, changed by `spoil`. */
async function verdict(
  inputs: readonly Tensor[],
  compute: (ops: Ops) => Tensor,
  spoil: (result: Float32Array) => void,
): Promise<Verdict> {
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

/** What a wrong kernel gave. */
function difference(found: Verdict): string {
  if (typeof found !== 'object') throw new Error(`the verdict is: ${found}`);
  return found.difference;
}

test('a kernel that is wrong is found by the check against the reference, and named', async () => {
  const a = randomTensor('float32', [5, 7], 'a');
  const b = randomTensor('float32', [7, 3], 'b');
  const product = (ops: Ops): Tensor => ops.matmul(a, b);
  assert.is(await verdict([a, b], product, right), 'right');
  assert.match(
    difference(await verdict([a, b], product, (result) => (result[4]! += 0.01))),
    /^matmul nn 5×7×3: element 4 is .*, the reference gives/,
  );
  assert.match(difference(await verdict([a, b], product, (result) => result.fill(NaN))), /element 0 is NaN/);
});

test('of a convolution that takes long the first and the last image are checked', async () => {
  const x = randomTensor('float32', [5, 40, 41, 16], 'x');
  const filter = randomTensor('float32', [3, 3, 16, 48], 'filter');
  const convolution = (ops: Ops): Tensor => ops.conv2d(x, filter);
  const imageSize = 38 * 39 * 48;
  assert.is(await verdict([x, filter], convolution, right), 'right');
  for (const element of [0, imageSize - 1]) {
    const spoil = (place: number) => (result: Float32Array) => void (result[place]! += 1);
    assert.match(
      difference(await verdict([x, filter], convolution, spoil(element))),
      new RegExp(`element ${element} is`),
    );
    assert.match(
      difference(await verdict([x, filter], convolution, spoil(4 * imageSize + element))),
      new RegExp(`element ${4 * imageSize + element} is`),
    );
  }
});

for (const transposeA of [false, true]) {
  test(`of a product that takes long some rows are checked, ${transposeA ? 'A transposed' : 'A as it is'}`, async () => {
    const [m, n, k] = [257, 259, 521];
    const a = randomTensor('float32', transposeA ? [k, m] : [m, k], 'a');
    const b = randomTensor('float32', [k, n], 'b');
    const product = (ops: Ops): Tensor => ops.matmul(a, b, { transposeA });
    assert.is(await verdict([a, b], product, right), 'right');
    for (const row of [0, m - 1]) {
      const spoil = (result: Float32Array): void => void (result[row * n + 5]! += 1);
      assert.match(
        difference(await verdict([a, b], product, spoil)),
        new RegExp(`element ${row * n + 5} is`),
      );
    }
  });
}

test('a sum whose terms cancel may be wrong by the rounding of its terms, and not by more', async () => {
  const x = Tensor.from('float32', [2, 2], Float32Array.of(1000, 500, -1000, -500), 'x');
  const sum = (ops: Ops): Tensor => ops.sumRows(x);
  const off = (error: number) => (result: Float32Array) => void (result[1]! += error);
  assert.is(await verdict([x], sum, off(1e-3)), 'right');
  assert.match(difference(await verdict([x], sum, off(0.2))), /element 1 is 0.2.*, the reference gives 0/);
});

/**
 * What the check says of a kernel that updates a weight of zeros by the gradient xᵀ·dy, with Adam.
 *
 * @param changed what the kernel takes for the gradient @param spoil changes the weight that it gives
 */
async function updateVerdict(
  { x, dy }: { readonly x: Tensor; readonly dy: Tensor },
  { changed = right, spoil = right }: Readonly<Record<string, (values: Float32Array) => void>>,
): Promise<Verdict> {
  const shape = [x.shape[1]!, dy.shape[1]!];
  const tensors = ['weight', 'm', 'v'].map((name) => Tensor.zeros('float32', shape, name));
  const [weight, m, v] = tensors as [Tensor, Tensor, Tensor];
  const coefficients = Tensor.from('float32', [2], Float32Array.of(0.01, 0), 'coefficients');
  const update = (ops: Ops, gradient: Tensor): void =>
    ops.adamUpdate(
      { weight, gradient, m, v, coefficients },
      { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, decoupledDecay: false },
    );
  const recorder = new Recorder();
  update(recorder, recorder.matmul(x, dy, { transposeA: true }));
  const plan = planProgram(recorder.finish('update'), { fma: true, wide: true }, 1);
  const task = plan.phases.flat().find(({ operations }) => operations.length === 2);
  const values = new Map(
    [x, dy, coefficients, ...tensors].map((tensor) => [tensor.storage as Storage, tensor.values]),
  );
  return verifyTask(
    task!,
    () => {
      const gradient = new EagerOps().matmul(x, dy, { transposeA: true });
      changed(gradient.values as Float32Array);
      update(new EagerOps(), gradient);
      spoil(weight.values as Float32Array);
    },
    (storage) => values.get(storage) ?? null,
  );
}

test('a weight may differ as far as the rounding of its gradient moves it, and not further', async () => {
  // the terms of the first column cancel: what is left there is rounding
  const x = Tensor.from('float32', [2, 1], Float32Array.of(1000, 1000), 'x');
  const dy = Tensor.from('float32', [2, 2], Float32Array.of(1, 1, -1, 1), 'dy');
  const add =
    (element: number, error: number) =>
    (values: Float32Array): void =>
      void (values[element]! += error);
  assert.is(await updateVerdict({ x, dy }, {}), 'right');
  // for gradients of 0.01 and 0 the first weight moves by 0.01·√10 ≈ 0.03, and not at all
  assert.is(await updateVerdict({ x, dy }, { changed: add(0, 0.01) }), 'right');
  assert.is(await updateVerdict({ x, dy }, { changed: add(0, -0.01) }), 'right');
  const named = /matmul tn 1×2×2 \+ adamUpdate: element 0 is/;
  assert.match(difference(await updateVerdict({ x, dy }, { changed: add(0, 20) })), named);
  assert.match(difference(await updateVerdict({ x, dy }, { changed: add(1, 20) })), /element 1 is/);
  assert.match(difference(await updateVerdict({ x, dy }, { spoil: add(1, 0.01) })), /element 1 is/);
  assert.match(difference(await updateVerdict({ x, dy }, { spoil: add(0, 0.1) })), /element 0 is/);
});

test('of an update by a product that takes long some weights are checked', async () => {
  const [rows, inputs, outputs] = [521, 30, 1100];
  const x = randomTensor('float32', [rows, inputs], 'x');
  const dy = randomTensor('float32', [rows, outputs], 'dy');
  assert.is(await updateVerdict({ x, dy }, {}), 'right');
  for (const element of [0, inputs * outputs - 1]) {
    const spoil = (weights: Float32Array): void => void (weights[element]! += 0.01);
    assert.match(difference(await updateVerdict({ x, dy }, { spoil })), new RegExp(`element ${element} is`));
  }
});

test('what overflows in float32 is not called wrong, and subnormal numbers may be 0', async () => {
  // a kernel that adds in another order may overflow where the reference does not
  const a = Tensor.from('float32', [2, 3], Float32Array.of(3e38, -3e38, 3e38, 1, 1, 1), 'a');
  const b = Tensor.from('float32', [3, 1], Float32Array.of(1, 1, 1), 'b');
  assert.is(
    await verdict(
      [a, b],
      (ops) => ops.matmul(a, b),
      (result) => (result[0] = Infinity),
    ),
    'numbers too large',
  );
  const tiny = Tensor.from('float32', [2, 2], Float32Array.of(1e-40, 1, 1e-40, 1), 'tiny');
  const tinySum = (ops: Ops): Tensor => ops.sumRows(tiny);
  assert.is(await verdict([tiny], tinySum, (result) => (result[0] = 0)), 'right');
  assert.match(difference(await verdict([tiny], tinySum, (result) => (result[1] = 0))), /element 1 is 0/);
});

test('a result near 0 that comes from numbers near 1 may be wrong by their rounding, and not by more', async () => {
  const logits = Tensor.from('float32', [2], Float32Array.of(16, 16.5), 'logits');
  const yes = Tensor.from('float32', [2], Float32Array.of(1, 1), 'yes');
  const losses = (ops: Ops): Tensor => ops.elementLoss(logits, yes, 'binaryCrossEntropy'); // about 1e-7
  const p = Tensor.from('float32', [2], Float32Array.of(1e-6, -2e-6), 'p');
  const dy = Tensor.from('float32', [2], Float32Array.of(1, 1e-3), 'dy');
  const functions: [readonly Tensor[], (ops: Ops) => Tensor][] = [
    [[logits, yes], losses],
    [[p], (ops) => ops.elementwise(p, 'tanh')],
    [[p, dy], (ops) => ops.elementwiseBackward(p, dy, 'tanh')],
  ];
  for (const [inputs, compute] of functions) {
    assert.is(await verdict(inputs, compute, (result) => (result[0]! += 1e-6)), 'right');
    assert.match(
      difference(await verdict(inputs, compute, (result) => (result[0]! += 1e-3))),
      /element 0 is/,
    );
  }
});

test('equal logits of any size: the loss is log n on the reference, too', async () => {
  for (const size of [0, 1, 1e10, -1e30, 3e38]) {
    for (const labelSmoothing of [0, 0.25]) {
      const logits = Tensor.from('float32', [1, 4], new Float32Array(4).fill(size), 'logits');
      const labels = Tensor.from('int32', [1], Int32Array.of(2), 'labels');
      const { losses } = new EagerOps().softmaxCrossEntropy(logits, labels, labelSmoothing);
      assert.is(losses.values[0], Math.fround(Math.log(4)), `${size}`);
    }
  }
});

test.run();
