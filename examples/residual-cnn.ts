/**
 * A network of your own: convolutions with residual blocks, written as lists of layers.
 *
 *     npm run example -- residual-cnn 5000    with 5,000 training images: a minute
 */
import {
  batchNorm,
  conv2d,
  cosine,
  dense,
  evaluate,
  fashionMnist,
  fit,
  globalAveragePool,
  type LayerSpec,
  limitTraining,
  maxPool2d,
  relu,
  residual,
  saveWeights,
  sequential,
  summarize,
} from '../src/node.ts';

/** A list of layers is an ordinary array, so a function can return a part that is used several times. */
function convolution(filters: number): LayerSpec[] {
  return [conv2d(filters, { kernelSize: 3, padding: 'same' }), batchNorm()];
}

const model = sequential(
  [
    ...convolution(8), // [28, 28, 8]
    relu(),
    maxPool2d({ poolSize: 2 }), // [14, 14, 8]

    // y = body(x) + x: the shape stays the same, and a gradient also reaches x without passing the body
    residual([...convolution(8), relu(), ...convolution(8)]),
    relu(),

    // this body changes the shape, so the shortcut must change it too: a convolution of size 1
    residual([...convolution(16), relu(), ...convolution(16)], [conv2d(16, { kernelSize: 1 })]),
    relu(),

    globalAveragePool(), // [16]: the mean of each channel
    dense(10),
  ],
  { inputShape: [28, 28, 1], seed: 1 },
);
console.log(summarize(model));

const { train, test } = limitTraining(fashionMnist(), Number(process.argv[2] ?? 5000));
await fit(model, train, {
  epochs: 4,
  learningRate: 0.01,
  schedule: cosine({ warmup: 0.1 }),
  augment: { flip: true },
  onEpoch({ epoch, accuracy, validation }) {
    const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
    console.log(
      `epoch ${epoch}: ${percent(accuracy)}, on validation images ${percent(validation!.accuracy)}`,
    );
  },
});
console.log(`test accuracy ${(100 * (await evaluate(model, test)).accuracy).toFixed(1)} %`);

const file = process.argv[3];
if (file !== undefined) await saveWeights(model, file); // `loadWeights` loads them into a network of the same layers
