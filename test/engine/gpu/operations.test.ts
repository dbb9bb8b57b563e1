import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Recorder } from '../../../src/tensor/recorder.ts';
import { Tensor } from '../../../src/tensor/tensor.ts';
import { assertSameBits } from '../../helpers/close.ts';
import { awkwardShapes, integers } from '../../helpers/conformance.ts';
import { check, testEachMode } from '../../helpers/gpu.ts';
import { randomTensor } from '../../helpers/random-tensor.ts';

testEachMode('element by element: relu, leakyRelu, their backwards, products and sums', async (engine) => {
  for (const shape of awkwardShapes) {
    const [a, b] = [randomTensor('float32', shape, 'a'), randomTensor('float32', shape, 'b')];
    const bias = randomTensor('float32', [shape[1]], 'bias');
    await check(engine, `elementwise ${shape.join('×')}`, {
      inputs: [a, b, bias],
      changed: [b],
      compute(ops) {
        const [y, leaky] = [ops.elementwise(a, 'relu'), ops.elementwise(a, 'leakyRelu', 0.3)];
        const results = [
          y,
          ops.elementwiseBackward(y, b, 'relu'), // y has zeros
          leaky,
          ops.elementwiseBackward(leaky, b, 'leakyRelu', 0.3),
          ops.multiply(a, b),
          ops.add(a, b),
          ops.addBias(a, bias),
        ];
        ops.addScaled(b, a, 0.7);
        return results;
      },
    });
  }
});

testEachMode('relu lets NaN through; on GL it may come out as 0', async (engine) => {
  const x = Tensor.from('float32', [5], Float32Array.of(NaN, Infinity, -1, 0, 1), 'x');
  const ops = new Recorder();
  const [y, leaky] = [ops.elementwise(x, 'relu'), ops.elementwise(x, 'leakyRelu', 0.5)];
  const executable = await engine.compile(ops.finish('relu', [y, leaky]));
  await executable.run();
  const [relus, leakyRelus] = [await engine.read(y), await engine.read(leaky)];
  assertSameBits(relus.subarray(1), [Infinity, 0, 0, 1]);
  assertSameBits(leakyRelus.subarray(1), [Infinity, -0.5, 0, 1]);
  const onGl = engine.ranIn === 'webgl2' || engine.ranIn === 'headlessgl';
  for (const [value] of [relus, leakyRelus])
    assert.ok(Number.isNaN(value) || (onGl && value === 0), `${value}`);
});

testEachMode('addBias: rows whose position does not divide to a whole number', async (engine) => {
  const [x, bias] = [randomTensor('float32', [211, 49], 'x'), randomTensor('float32', [49], 'bias')];
  await check(engine, 'addBias', { inputs: [x, bias], compute: (ops) => [ops.addBias(x, bias)] });
});

testEachMode('matmul in four forms: no size a multiple of anything, sums in parts', async (engine) => {
  const sizes = [
    [1, 1, 1],
    [5, 7, 3],
    [17, 33, 9],
    [3, 4097, 5],
    [2, 9000, 3],
  ] as const;
  for (const [m, k, n] of sizes) {
    for (const transposeA of [false, true]) {
      for (const transposeB of [false, true]) {
        const a = randomTensor('float32', transposeA ? [k, m] : [m, k], 'a');
        const b = randomTensor('float32', transposeB ? [n, k] : [k, n], 'b');
        await check(engine, `matmul ${m}×${k}×${n} ${transposeA} ${transposeB}`, {
          inputs: [a, b],
          relativeToLargest: 1e-5,
          compute: (ops) => [ops.matmul(a, b, { transposeA, transposeB })],
        });
      }
    }
  }
});

testEachMode('sums: sumRows, mean, sumSquares, in one part and in several', async (engine) => {
  for (const shape of [...awkwardShapes, [256, 3], [257, 2]] as const) {
    const x = randomTensor('float32', shape, 'x');
    await check(engine, `sums ${shape.join('×')}`, {
      inputs: [x],
      relativeToLargest: 1e-5,
      compute: (ops) => [ops.sumRows(x), ops.mean(x), ops.sumSquares(x, 0.3)],
    });
  }
});

testEachMode('sums of 70,001 numbers: more than a loop on some devices has rounds', async (engine) => {
  // whole numbers: no sum is rounded, so that one term too few would show
  const x = Tensor.zeros('float32', [70_001, 1], 'x');
  for (let i = 0; i < x.size; i++) x.values[i] = ((i * 7) % 13) - 3;
  await check(engine, '70,001 numbers', {
    inputs: [x],
    compute: (ops) => [ops.sumRows(x), ops.mean(x), ops.sumSquares(x, 0.5)],
  });
  const rows = Tensor.from('float32', [1, 70_001], x.values, 'row');
  await check(engine, 'a product', {
    inputs: [x, rows],
    compute: (ops) => [ops.matmul(rows, x), ops.matmul(x, x, { transposeA: true })],
  });
});

testEachMode('argmax and countEqual, with ties', async (engine) => {
  for (const columns of [1, 2, 5, 10]) {
    const x = randomTensor('float32', [9, columns], 'x');
    x.values.fill(2, columns * 3, columns * 5);
    const labels = integers('labels', 0, 0, 0, 0, 1, 0, 0, 1, 0);
    await check(engine, `argmax ${columns}`, {
      inputs: [x, labels],
      compute(ops) {
        const best = ops.argmax(x);
        return [best, ops.countEqual(best, labels)];
      },
    });
  }
});

testEachMode('gatherImages, gatherLabels and dropoutMask go to the device', async (engine) => {
  const images = Tensor.from(
    'uint8',
    [6, 5, 3],
    Uint8Array.from({ length: 90 }, (_, i) => (i * 37) % 256),
    'images',
  );
  const labels = Tensor.from('uint8', [6], Uint8Array.of(3, 1, 4, 1, 5, 9), 'labels');
  const [indices, step] = [integers('indices', 5, 0, 0, 3, 2), integers('step', 41)];
  const constants = { rate: 0.37, seed: 12, stream: -5 };
  await check(engine, 'gather', {
    inputs: [images, labels, indices, step],
    compute(ops) {
      const y = ops.gatherImages(images, indices, 1 / 255);
      const mask = ops.dropoutMask('float32', y.shape, step, constants);
      const chosen = ops.gatherLabels(labels, indices);
      return [y, mask, chosen, ops.multiply(y, mask), ops.countEqual(chosen, indices)];
    },
  });
});

testEachMode('clipByNorm: norms above and below the limit, and 0; weightByClass', async (engine) => {
  const weights = Tensor.from('float32', [3], Float32Array.of(0.5, 0, 7), 'weights');
  for (const shape of [...awkwardShapes, [6]]) {
    const x = randomTensor('float32', shape, 'x');
    const labels = integers('labels', ...Array.from({ length: shape[0] }, (_, row) => (2 * row) % 3));
    for (const square of [0, 0.25, 7.3]) {
      const squares = Tensor.from('float32', [1], Float32Array.of(square), 'squares');
      await check(engine, `${shape.join('×')}, ${square}`, {
        inputs: [x, squares, labels, weights],
        changed: [x],
        compute(ops) {
          const weighted = ops.weightByClass(x, labels, weights);
          ops.clipByNorm(x, squares, 2);
          return [weighted];
        },
      });
    }
  }
});

testEachMode(
  'softmax, cross-entropy and its gradient: 1 to 21 classes, logits up to ±1e4',
  async (engine) => {
    for (const classes of [1, 2, 5, 10, 21]) {
      for (const scale of [1, 30, 1e4]) {
        const logits = randomTensor('float32', [5, classes], `logits ${scale}`);
        logits.values.forEach((value, i) => (logits.values[i] = value * scale));
        const labels = integers('labels', ...[0, 1, 2, 3, 4].map((row) => row % classes));
        for (const labelSmoothing of [0, 0.15]) {
          await check(engine, `softmax of ${classes} to ${scale}, smoothing ${labelSmoothing}`, {
            inputs: [logits, labels],
            compute(ops) {
              const { losses, probabilities } = ops.softmaxCrossEntropy(logits, labels, labelSmoothing);
              const dLogits = ops.softmaxCrossEntropyBackward(probabilities, labels, labelSmoothing);
              return [losses, probabilities, dLogits, ops.softmax(logits)];
            },
          });
        }
      }
    }
  },
);

testEachMode('the loss of NaN is not a finite number, so that a diverged run is noticed', async (engine) => {
  const logits = Tensor.from('float32', [2, 3], Float32Array.of(NaN, 2, 3, 1, 2, NaN), 'logits');
  const ops = new Recorder();
  const { losses } = ops.softmaxCrossEntropy(logits, integers('labels', 0, 0));
  const executable = await engine.compile(ops.finish('loss', [losses]));
  await executable.run();
  for (const loss of await engine.read(losses)) assert.not.ok(Number.isFinite(loss), `${loss}`);
});

testEachMode('sgd and adam: every option', async (engine) => {
  for (const shape of [
    [1, 3],
    [7, 7],
    [13, 15],
  ] as const) {
    const make = (name: string) => randomTensor('float32', shape, name);
    const [weight, gradient, velocity, m] = [make('w'), make('g'), make('velocity'), make('m')];
    const v = make('v');
    // small, as in the first steps: (1 − β₂)·g² is a large part of the new value
    v.values.forEach((value, i) => (v.values[i] = 1e-3 * value * value));
    const coefficients = Tensor.from('float32', [2], Float32Array.of(0.01, 0.002), 'coefficients');
    const decays = [{ decoupledDecay: false }, { decoupledDecay: true }];
    for (const decay of decays) {
      for (const nesterov of [false, true]) {
        await check(engine, `sgd ${shape.join('×')} ${nesterov} ${JSON.stringify(decay)}`, {
          inputs: [weight, gradient, velocity, coefficients],
          changed: [weight, velocity],
          compute(ops) {
            const operands = { weight, gradient, velocity, coefficients };
            ops.sgdUpdate(operands, { momentum: 0.9, nesterov, ...decay });
            return [];
          },
        });
      }
      await check(engine, `adam ${shape.join('×')} ${JSON.stringify(decay)}`, {
        inputs: [weight, gradient, m, v, coefficients],
        changed: [weight, m, v],
        compute(ops) {
          const operands = { weight, gradient, m, v, coefficients };
          ops.adamUpdate(operands, { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, ...decay });
          return [];
        },
      });
    }
  }
});

test.run();
