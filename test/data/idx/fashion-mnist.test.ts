import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fashionMnist } from '../../../src/data/idx/fashion-mnist.ts';

const { name, train, test: held, classNames } = fashionMnist();

test('the included files are Fashion-MNIST: 60,000 and 10,000 images, 28×28, balanced classes', () => {
  assert.is(name, 'Fashion-MNIST');
  assert.equal(train.x.shape, [60_000, 28, 28, 1]);
  assert.equal(held.x.shape, [10_000, 28, 28, 1]);
  for (const [examples, each] of [
    [train, 6000],
    [held, 1000],
  ] as const) {
    const counts = classNames.map((_, label) => examples.y.values.filter((y) => y === label).length);
    assert.equal(
      counts,
      classNames.map(() => each),
    );
  }
});

test('the first training label is 9, an ankle boot, as in every tutorial', () => {
  assert.is(classNames[train.y.values[0]!], 'Ankle boot');
});

test.run();
