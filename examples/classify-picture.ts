/**
 * Classifies a picture with the network of a run, as `npm run predict` does.
 *
 *     npm run train -- --epochs 3 --out runs/first
 *     npm run example -- classify-picture runs/first shoe.jpg
 */
import { readFileSync } from 'node:fs';
import { decodeImage, predict, prepareImage, readRun, Tensor } from '../src/node.ts';

const [folder, path] = process.argv.slice(2);
if (folder === undefined || path === undefined) {
  console.error('usage: npm run example -- classify-picture RUN PICTURE');
  process.exit(2);
}

// the network with its weights, and the configuration of its data
const { model, configuration } = readRun(folder);
const { inputShape, classNames } = configuration;

// trims, scales and inverts the picture, so that it looks like a training image
const { image, done } = prepareImage(decodeImage(readFileSync(path), path), { inputShape });
console.log(`${path}: ${done.join(', ')}`);

const images = Tensor.from('uint8', [1, ...inputShape], image.data); // a batch of one
const { probabilities } = await predict(model, images);

const guesses = classNames.map((name, i) => ({ name, probability: probabilities[i]! }));
for (const { name, probability } of guesses.toSorted((a, b) => b.probability - a.probability).slice(0, 3)) {
  console.log(`${(100 * probability).toFixed(1).padStart(5)} %  ${name}`);
}
