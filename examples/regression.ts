/**
 * Predicts numbers: the price of a house by its area and its age, from made-up sales with noise.
 *
 *     npm run example -- regression
 */
import {
  dense,
  evaluate,
  fit,
  predict,
  RandomStream,
  relu,
  sequential,
  standardize,
  unstandardize,
} from '../src/index.ts';

// the first 40 m² cost more a metre; a house loses value for fifty years
const price = (area: number, age: number): number =>
  3000 * Math.min(area, 40) + 2200 * Math.max(0, area - 40) - 1500 * Math.min(age, 50);
const random = new RandomStream(1, 'houses');
const houses = Array.from({ length: 500 }, (_, i) => [
  20 + 150 * random.uniform(3 * i),
  90 * random.uniform(3 * i + 1),
]);
const prices = houses.map(
  ([area, age], i) => price(area!, age!) + 10_000 * (random.uniform(3 * i + 2) - 0.5),
);

// the network computes with numbers of about 1, and gives prices
const model = sequential([standardize(), dense(32), relu(), dense(1), unstandardize()], {
  inputShape: [2],
  seed: 1,
});
await fit(
  model,
  { x: houses.slice(0, 400), y: prices.slice(0, 400) },
  { loss: 'mse', epochs: 200, batchSize: 32, learningRate: 0.01 },
);

const { meanAbsoluteError, r2 } = await evaluate(model, { x: houses.slice(400), y: prices.slice(400) });
console.log(
  `houses that it has not seen: wrong by ${meanAbsoluteError.toFixed(0)} on average, R² ${r2.toFixed(3)}`,
);
const { predicted } = await predict(model, [[100, 10]]);
console.log(`100 m², 10 years old: ${predicted[0]!.toFixed(0)} predicted, ${price(100, 10)} without noise`);
