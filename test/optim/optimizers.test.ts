import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { adam, type AdamOptions } from '../../src/optim/adam.ts';
import type { Optimizer } from '../../src/optim/optimizer.ts';
import { addL2Gradient } from '../../src/optim/l2.ts';
import { sgd, type SgdOptions } from '../../src/optim/sgd.ts';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { assertClose } from '../helpers/close.ts';

interface Golden {
  readonly weights: number[];
  readonly gradients: number[][];
  readonly cases: {
    readonly optimizer: 'sgd' | 'adam';
    readonly options: SgdOptions & AdamOptions;
    /** λ of the L2 penalty λ·Σw². */
    readonly l2: number;
    readonly learningRate: number;
    readonly steps: number[][];
  }[];
}

/** Made by golden.py with PyTorch and NumPy. */
const golden = JSON.parse(readFileSync(new URL('golden.json', import.meta.url), 'utf8')) as Golden;

/** The weights after each step, computed by the reference in double precision. */
function run(optimizer: Optimizer, learningRate: number, decay: boolean, l2 = 0): number[][] {
  const value = Tensor.from('float64', [3], Float64Array.from(golden.weights), 'w');
  const gradient = Tensor.zeros('float64', [3], 'dw');
  return golden.gradients.map((values, index) => {
    gradient.values.set(values);
    optimizer.coefficients.values.set(optimizer.coefficientsAt(index + 1, learningRate));
    const parameters = [{ name: 'w', value, gradient, decay }];
    const ops = new EagerOps();
    if (l2 > 0) addL2Gradient(ops, parameters, l2);
    optimizer.record(ops, parameters);
    return [...value.values];
  });
}

for (const { optimizer, options, l2, learningRate, steps } of golden.cases) {
  test(`${optimizer} ${JSON.stringify(options)}, l2 ${l2}: five steps as golden.py has them, relative 1e-6`, () => {
    const made = optimizer === 'sgd' ? sgd(options) : adam(options);
    for (const [index, weights] of run(made, learningRate, true, l2).entries()) {
      // the coefficients are float32, so that a move of 0.1 is exact to about 6e-9
      assertClose(weights, steps[index]!, { rtol: 1e-6, atol: 1e-8 }, `step ${index + 1}`);
    }
  });
}

test('weight decay leaves parameters alone that are marked so, biases', () => {
  for (const make of [sgd, adam]) {
    assert.equal(run(make({ weightDecay: 0.5 }), 0.1, false), run(make(), 0.1, false));
    assert.not.equal(run(make({ weightDecay: 0.5 }), 0.1, true), run(make(), 0.1, true));
  }
});

test('the first step of Adam moves each weight by the learning rate against its gradient', () => {
  const [first] = run(adam({ epsilon: 0 }), 0.001, true);
  const moves = first!.map((weight, i) => (weight - golden.weights[i]!) / 0.001);
  assertClose(
    moves,
    golden.gradients[0]!.map((g) => -Math.sign(g)),
    { rtol: 1e-4, atol: 0 },
  );
});

test('options out of range are refused by name', () => {
  assert.throws(() => sgd({ momentum: 1 }), /sgd: momentum must be in \[0, 1\), got 1/);
  assert.throws(() => adam({ beta2: -0.1 }), /adam: beta2/);
  assert.throws(() => adam({ weightDecay: NaN }), /adam: weightDecay/);
});

test.run();
