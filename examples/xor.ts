/**
 * Learns XOR, the function of the textbooks that no straight line separates: yes where exactly one of two inputs is 1.
 *
 *     npm run example -- xor
 */
import { dense, fit, predict, sequential, tanh } from '../src/index.ts';

const x = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const y = [0, 1, 1, 0];

const model = sequential([dense(8), tanh(), dense(1)], { inputShape: [2], seed: 1 });
await fit(
  model,
  { x, y },
  { loss: 'binaryCrossEntropy', epochs: 300, learningRate: 0.05, validationSplit: 0 },
);

const { predicted, probabilities } = await predict(model, x);
for (const [i, [a, b]] of x.entries()) {
  console.log(`${a} xor ${b} = ${predicted[i]}   (yes with ${(100 * probabilities[i]!).toFixed(1)} %)`);
}
