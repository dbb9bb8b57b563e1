/**
 * Classifies irises by the sizes of their leaves: 150 flowers of three species, measured by Edgar Anderson and published by
 * R. A. Fisher, "The use of multiple measurements in taxonomic problems" (1936).
 *
 *     npm run example -- iris
 */
import { readFileSync } from 'node:fs';
import { dense, evaluate, fit, RandomStream, relu, sequential, standardize } from '../src/index.ts';

const lines = readFileSync(new URL('data/iris.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .slice(1);
// the table is sorted by species: in a random order, the last flowers are of all of them
const flowers = [...new RandomStream(1, 'flowers').permutation(150)].map((i) => lines[i]!.split(','));
const part = (from: number, to: number): { x: number[][]; y: string[] } => ({
  x: flowers.slice(from, to).map((cells) => cells.slice(0, 4).map(Number)),
  y: flowers.slice(from, to).map((cells) => cells[4]!),
});
const [train, test] = [part(0, 120), part(120, 150)];

const model = sequential([standardize(), dense(16), relu(), dense(3)], { inputShape: [4], seed: 1 });
await fit(model, train, { epochs: 50, batchSize: 16, learningRate: 0.01, validationSplit: 0 });

const { accuracy, predicted } = await evaluate(model, test);
console.log(`right on ${(100 * accuracy).toFixed(0)} % of 30 flowers that it has not seen`);
for (const [i, species] of test.y.entries()) {
  const guess = model.classNames![predicted[i]!]!;
  if (guess !== species) console.log(`${test.x[i]!.join(', ')} is ${species}, taken for ${guess}`);
}
