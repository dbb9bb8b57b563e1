/**
 * Trains a network to classify ten kinds of clothing, and predicts the class of a test image.
 *
 *     npm run example -- train-mlp            seconds
 *     npm run example -- train-mlp 2000       with 2,000 of the 60,000 training images
 */
import {
  dense,
  evaluate,
  fashionMnist,
  fit,
  flatten,
  limitTraining,
  predict,
  relu,
  sequential,
} from '../src/node.ts';

const { train, test, classNames } = limitTraining(fashionMnist(), Number(process.argv[2] ?? 60_000));

// 28·28 = 784 pixels, one hidden layer, ten classes
const model = sequential([flatten(), dense(64), relu(), dense(10)], { inputShape: [28, 28, 1], seed: 1 });

await fit(model, train, {
  epochs: 3,
  onEpoch: ({ epoch, loss }) => console.log(`epoch ${epoch}: loss ${loss.toFixed(3)}`),
});

const { accuracy } = await evaluate(model, test);
console.log(`right on ${(100 * accuracy).toFixed(1)} % of the test images`);

const { predicted } = await predict(model, test.x);
console.log(`the first of them: ${classNames[predicted[0]!]}`);
