import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { conv2d } from '../../src/layers/conv2d.ts';
import { dense } from '../../src/layers/dense.ts';
import { flatten } from '../../src/layers/flatten.ts';
import { relu } from '../../src/layers/relu.ts';
import { sequential } from '../../src/layers/sequential.ts';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { evaluate } from '../../src/train/evaluate.ts';
import { predict } from '../../src/train/predict.ts';
import { assertClose } from '../helpers/close.ts';
import { randomTensor } from '../helpers/random-tensor.ts';

const [count, height, width, channels] = [7, 5, 6, 2];
const model = sequential([conv2d(4), relu(), flatten(), dense(3)], {
  inputShape: [height, width, channels],
  seed: 4,
});
const x = randomTensor('float32', [count, height, width, channels], 'x');
const y = Uint8Array.from({ length: count }, (_, i) => i % 3);

/** The images with left and right exchanged. */
function mirrored(): Tensor<'float32'> {
  const result = Tensor.zeros('float32', x.shape, 'mirrored');
  for (let row = 0; row < count * height; row++) {
    for (let column = 0; column < width; column++) {
      const from = (row * width + column) * channels;
      const to = (row * width + width - 1 - column) * channels;
      result.values.set(x.values.subarray(from, from + channels), to);
    }
  }
  return result;
}

/** Softmax of the mean of both logits, in double precision. */
function expectedProbabilities(): number[] {
  const ops = new EagerOps();
  const [seen, other] = [x, mirrored()].map(
    (images) => model.forward(ops, images, { training: false }).values,
  );
  return Array.from({ length: count }, (_, row) => {
    const logits = [0, 1, 2].map((column) => (seen![3 * row + column]! + other![3 * row + column]!) / 2);
    const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
    return logits.map((logit) => Math.exp(logit) / sum);
  }).flat();
}

for (const engine of ['reference', 'wasm'] as const) {
  test(`on ${engine}: the outputs are the mean of those for an image and for its mirror image`, async () => {
    const expected = expectedProbabilities();
    const { probabilities, loss } = await evaluate(model, { x, y }, { engine, tta: true });
    assertClose(probabilities, expected, { rtol: 1e-5, atol: 1e-6 });
    const losses = Array.from(y, (label, row) => -Math.log(expected[3 * row + label]!));
    assertClose([loss], [losses.reduce((sum, value) => sum + value, 0) / count], { rtol: 1e-5, atol: 0 });
    const predicted = await predict(model, x, { engine, tta: true });
    assertClose(predicted.probabilities, expected, { rtol: 1e-5, atol: 1e-6 });
    const plain = await predict(model, x, { engine });
    assert.ok(plain.probabilities.some((value, i) => Math.abs(value - expected[i]!) > 1e-3));
  });
}

test('a mirror image has the same outputs as its image', async () => {
  const options = { engine: 'wasm', tta: true } as const;
  const [one, other] = [await predict(model, x, options), await predict(model, mirrored(), options)];
  assertClose(one.probabilities, other.probabilities, { rtol: 1e-5, atol: 1e-6 });
});

test('what is not an image cannot be mirrored', async () => {
  const table = sequential([dense(2)], { inputShape: [3], seed: 1 });
  const message = async (run: Promise<unknown>): Promise<string> =>
    run.then(
      () => 'no error',
      (error: unknown) => (error as Error).message,
    );
  const told = /: tta mirrors images, and this network does not see images$/;
  assert.match(await message(predict(table, [[1, 2, 3]], { tta: true })), told);
  assert.match(await message(evaluate(table, { x: [[1, 2, 3]], y: [1] }, { tta: true })), told);
  assert.match(await message(predict(model, x, { tta: 'yes' as never })), /predict: .*tta.*true or false/);
});

test.run();
