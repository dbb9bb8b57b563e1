/**
 * Learns to tell the arms of a spiral apart, then saves the network, loads it again and uses it.
 *
 *     npm run example -- spiral
 */
import {
  dense,
  evaluate,
  fit,
  loadModel,
  predict,
  RandomStream,
  relu,
  saveModel,
  sequential,
} from '../src/node.ts';

// 600 points on three arms, in a random order
const random = new RandomStream(1, 'points');
const points = Array.from({ length: 600 }, (_, i) => {
  const [arm, radius] = [i % 3, random.uniform(2 * i)];
  const angle = 2 * Math.PI * (arm / 3 + 0.7 * radius) + 0.4 * (random.uniform(2 * i + 1) - 0.5);
  return { x: [radius * Math.cos(angle), radius * Math.sin(angle)], y: ['red', 'green', 'blue'][arm]! };
});
const data = { x: points.map((point) => point.x), y: points.map((point) => point.y) };

const model = sequential([dense(32), relu(), dense(32), relu(), dense(3)], { inputShape: [2], seed: 1 });
await fit(model, data, { epochs: 200, learningRate: 0.01 });
await saveModel(model, 'spiral.safetensors');

const loaded = loadModel('spiral.safetensors');
const { accuracy } = await evaluate(loaded, data);
const { predicted } = await predict(loaded, [[0.5, 0.1]]);
console.log(
  `right on ${(100 * accuracy).toFixed(1)} % of the points; the arm at (0.5, 0.1) is ${loaded.classNames![predicted[0]!]}`,
);
