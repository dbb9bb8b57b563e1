/** Photos of garments, taken as a phone takes them, are recognised nearly as often as those on white paper. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findMirrorDoubts } from '../../src/cli/commands/predict/mirror-doubts.ts';
import type { Subject } from '../../src/cli/commands/predict/subjects.ts';
import { limitTraining } from '../../src/data/dataset.ts';
import { fashionMnist } from '../../src/data/idx/fashion-mnist.ts';
import { prepareImage } from '../../src/data/pictures/prepare-image.ts';
import { ReferenceEngine } from '../../src/engine/reference-engine.ts';
import { dense, fit, flatten, predict, relu, sequential, Tensor } from '../../src/index.ts';
import { type PhotoKind, photoOf } from '../helpers/photos.ts';
import { untrainedRun } from '../helpers/saved-run.ts';

const inputShape = [28, 28, 1];
/** The first half of the photos was looked at while the preparation was written; the second half was not. */
const [count, half] = [100, 50];

const dataset = fashionMnist();
const { x: images, y: labels } = dataset.test;
const { classNames } = dataset;
const model = sequential([flatten(), dense(128), relu(), dense(10)], { inputShape, seed: 1 });
const run = untrainedRun('run', inputShape, classNames);
const configuration = {
  ...run.configuration,
  dataset: { name: 'Fashion-MNIST', checksums: {} },
  augment: {},
};

interface Outcome {
  readonly isRight: boolean;
  /** Wrong, with a probability above 95 % and without a doubt. */
  readonly misleads: boolean;
  readonly doubts: readonly string[];
}

/** Prepares and classifies the photos of a kind, as `weft predict` does. */
async function classify(kind: PhotoKind): Promise<Outcome[]> {
  const subjects = Array.from({ length: count }, (_, i): Subject => {
    const { image, done, doubts } = prepareImage(photoOf(images, i, kind), { inputShape });
    return { name: `${kind} ${i}`, pixels: image.data, done, doubts };
  });
  const batch = new Uint8Array(count * 784);
  for (const [i, { pixels }] of subjects.entries()) batch.set(pixels, i * 784);
  const { probabilities } = await predict(
    model,
    Tensor.from('uint8', [count, ...inputShape], batch, 'photos'),
  );
  const classifications = subjects.map(({ name, done }, i) => ({
    name,
    done,
    imageLines: [],
    guesses: classNames
      .map((className, label) => ({ className, probability: probabilities[i * 10 + label]! }))
      .toSorted((a, b) => b.probability - a.probability),
  }));
  const mirrorDoubts = await findMirrorDoubts(classifications, {
    subjects,
    run: { ...run, model, configuration },
    engine: new ReferenceEngine(),
  });
  return classifications.map(({ guesses: [best] }, i) => {
    const isRight = best!.className === classNames[labels.values[i]!];
    const doubts = [...subjects[i]!.doubts, ...mirrorDoubts[i]!];
    return { isRight, misleads: !isRight && best!.probability > 0.95 && doubts.length === 0, doubts };
  });
}

const rightIn = (outcomes: readonly Outcome[]): number => outcomes.filter(({ isRight }) => isRight).length;
const halves = (outcomes: readonly Outcome[]): [number, number] => [
  rightIn(outcomes.slice(0, half)),
  rightIn(outcomes.slice(half)),
];

let onWhite: readonly Outcome[] = [];
test.before(async () => {
  await fit(model, limitTraining(dataset, 20_000).train, { epochs: 3, validationSplit: 0 });
  onWhite = await classify('white');
});

test('a garment on white paper is recognised nearly as often as its test image', async () => {
  const originals = Tensor.from(
    'uint8',
    [count, ...inputShape],
    images.values.slice(0, count * 784),
    'images',
  );
  const { predicted } = await predict(model, originals);
  const right = predicted.filter((label, i) => label === labels.values[i]).length;
  assert.ok(right >= 75, `the network has learned something: ${right}`);
  assert.ok(rightIn(onWhite) >= right - 5, `${rightIn(onWhite)} of ${right}`);
});

/** How many fewer of 50 may be right than on white paper. */
const lessRight = 5;
const kinds = ['grey', 'vignette', 'gradient', 'lamp', 'noise', 'lighter'] as const;
for (const kind of kinds) {
  test(`${kind}: at most ${lessRight} of 50 fewer are right than on white paper, in either half; few mislead`, async () => {
    const outcomes = await classify(kind);
    for (const [part, right] of halves(outcomes).entries()) {
      const expected = halves(onWhite)[part]!;
      assert.ok(right >= expected - lessRight, `half ${part}: ${right}, on white ${expected}`);
    }
    const misleading = outcomes.filter(({ misleads }) => misleads).length;
    assert.ok(misleading <= 5, `wrong, sure and without a doubt: ${misleading}`);
    const areUneven = outcomes.every(({ doubts }) => doubts.some((doubt) => /not even/.test(doubt)));
    assert.is(areUneven, kind === 'lamp', 'the lamp leaves one corner half dark');
  });
}

test('mirrored: most shoes that point right are not recognised, which the mirror image tells', async () => {
  const outcomes = await classify('mirrored');
  const shoes = outcomes.filter((_, i) =>
    ['Sandal', 'Sneaker', 'Ankle boot'].includes(classNames[labels.values[i]!]!),
  );
  const wrong = shoes.filter(({ isRight }) => !isRight);
  assert.ok(wrong.length > shoes.length / 2, 'otherwise, this test tests nothing');
  const told = wrong.filter(({ doubts }) =>
    doubts.some((doubt) => /its mirror image is classified as .*--flip/.test(doubt)),
  );
  assert.ok(told.length >= 0.9 * wrong.length, `${told.length} of ${wrong.length}`);
  assert.ok(outcomes.filter(({ misleads }) => misleads).length <= 5);
});

test('where a mirror image may be of another class, it raises no doubt', async () => {
  const subjects = [{ name: 'letter', pixels: images.values.slice(0, 784), done: [], doubts: [] }];
  const classification = {
    name: 'letter',
    done: [],
    imageLines: [],
    guesses: [{ className: 'none of the classes', probability: 1 }],
  };
  const doubtsWith = (changes: object): Promise<string[][]> =>
    findMirrorDoubts([classification], {
      subjects,
      run: { ...run, model, configuration: { ...configuration, ...changes } },
      engine: new ReferenceEngine(),
    });
  assert.equal(await doubtsWith({ dataset: { name: 'letters', checksums: {} } }), [[]]);
  const [garment] = await doubtsWith({});
  assert.match(garment![0]!, /^unsure: its mirror image is classified as .*; a network trained with --flip/);
  const [trained] = await doubtsWith({
    dataset: { name: 'letters', checksums: {} },
    augment: { flip: true },
  });
  assert.match(trained![0]!, /^unsure: its mirror image is classified as [A-Z][a-zA-Z-/ ]+$/);
});

test.run();
