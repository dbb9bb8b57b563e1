import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { grid, type Range, sample, type Space } from '../../src/sweep/space.ts';

const range = (from: number, to: number, more: Partial<Range> = {}): Range => ({
  from,
  to,
  scale: 'linear',
  step: null,
  count: null,
  ...more,
});

const space: Space = [
  { name: 'optimizer', values: ['adam', 'sgd'], when: null },
  { name: 'learning-rate', values: range(0.001, 0.1, { scale: 'log' }), when: null },
  { name: 'shift', values: range(0, 0.3, { step: 0.1 }), when: null },
  { name: 'momentum', values: range(0.5, 0.9), when: { optimizer: 'sgd' } },
];

test('a trial is a function of seed, name and index: the others do not matter', () => {
  const trial = sample(space, {}, 1, 7);
  assert.equal(sample(space, {}, 1, 7), trial);
  assert.not.equal(sample(space, {}, 2, 7), trial);
  assert.not.equal(sample(space, {}, 1, 8), trial);
  const [optimizer, rate, ...others] = space;
  const reordered = sample([rate!, optimizer!, ...others], {}, 1, 7);
  assert.equal(reordered, trial);
  const { 'learning-rate': alone } = sample([rate!], {}, 1, 7);
  assert.is(alone, trial['learning-rate']);
});

test('values are in their ranges, each as likely as any other; conditions hold', () => {
  const trials = Array.from({ length: 2000 }, (_, index) => sample(space, {}, 3, index));
  const share = (is: (trial: (typeof trials)[0]) => boolean): number =>
    trials.filter(is).length / trials.length;
  for (const { 'learning-rate': rate, shift } of trials) {
    assert.ok(Number(rate) >= 0.001 && Number(rate) <= 0.1);
    assert.ok([0, 0.1, 0.2, 0.3].includes(shift as number), String(shift));
  }
  const nearly = (value: number, expected: number): void =>
    assert.ok(Math.abs(value - expected) < 0.05, `${value}, expected ${expected}`);
  nearly(
    share(({ optimizer }) => optimizer === 'sgd'),
    0.5,
  );
  // on a log scale 0.01 is in the middle of 0.001 and 0.1
  nearly(
    share((trial) => Number(trial['learning-rate']) < 0.01),
    0.5,
  );
  nearly(
    share(({ shift }) => shift === 0.3),
    0.25,
  );
  for (const { optimizer, momentum } of trials) assert.is(momentum !== undefined, optimizer === 'sgd');
});

test('a condition may name an option that all runs have', () => {
  const momentum = space.slice(3);
  assert.equal(sample(momentum, { optimizer: 'adam' }, 1, 0), {});
  assert.equal(Object.keys(sample(momentum, { optimizer: 'sgd' }, 1, 0)), ['momentum']);
});

test('a grid has each combination once, with conditions', () => {
  const small: Space = [
    { name: 'optimizer', values: ['adam', 'sgd'], when: null },
    { name: 'momentum', values: range(0, 0.9, { count: 4 }), when: { optimizer: 'sgd' } },
    { name: 'learning-rate', values: range(0.01, 1, { scale: 'log', count: 3 }), when: null },
  ];
  const all = grid(small, {});
  assert.is(all.length, 3 + 4 * 3);
  assert.is(new Set(all.map((values) => JSON.stringify(values))).size, all.length);
  assert.equal(all.slice(0, 3), [
    { optimizer: 'adam', 'learning-rate': 0.01 },
    { optimizer: 'adam', 'learning-rate': 0.1 },
    { optimizer: 'adam', 'learning-rate': 1 },
  ]);
  assert.equal([...new Set(all.flatMap(({ momentum }) => momentum ?? []))], [0, 0.3, 0.6, 0.9]);
});

test.run();
