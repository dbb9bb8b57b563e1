import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseCsv, type Table } from '../../../src/data/table/csv.ts';
import { chooseTarget, encodeTarget } from '../../../src/data/table/target.ts';

const tableOf = (values: readonly (string | number)[]): Table =>
  parseCsv(Buffer.from(`x,y\n${values.map((value, i) => `${i},${value}\n`).join('')}`), 't.csv');
const list = <T>(count: number, value: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => value(i));

test('texts are classes, in the order of their names', () => {
  const table = tableOf(['b', 'a', 'b', 'a', 'c', 'c']);
  const target = chooseTarget(table, 'y');
  assert.equal(target, {
    name: 'y',
    task: 'classification',
    classNames: ['a', 'b', 'c'],
    reason: '3 different texts',
  });
  assert.equal([...encodeTarget(table, target).values], [1, 0, 1, 0, 2, 2]);
});

test('at most 20 different whole numbers are classes, in the order of numbers; 10 and 10.0 are one', () => {
  const table = tableOf(['10', '9', '10.0', '9', '10', '100', '100']);
  const target = chooseTarget(table, 'y');
  assert.equal(target.classNames, ['9', '10', '100']);
  assert.is(target.reason, '3 different whole numbers');
  assert.equal([...encodeTarget(table, target).values], [1, 0, 1, 0, 1, 2, 2]);
  assert.is(chooseTarget(tableOf(list(100, (i) => i % 20)), 'y').task, 'classification');
  assert.is(chooseTarget(tableOf(list(100, (i) => i % 21)), 'y').task, 'regression');
});

test('other numbers are numbers; the task can be asked for', () => {
  const table = tableOf(['1.5', '2', '1.5', '2']);
  const target = chooseTarget(table, 'y');
  assert.equal(target, { name: 'y', task: 'regression', classNames: [], reason: 'numbers' });
  const y = encodeTarget(table, target);
  assert.equal([y.dtype, y.shape, [...y.values]], ['float32', [4, 1], [1.5, 2, 1.5, 2]]);
  assert.equal(chooseTarget(table, 'y', 'classification').classNames, ['1.5', '2']);
  assert.is(chooseTarget(tableOf([1, 2, 3, 1, 2, 3]), 'y', 'regression').task, 'regression');
});

for (const [name, values, task, message] of [
  ['a single class', list(5, () => 'a'), undefined, 'y is "a" in all 5 rows: there is nothing to learn'],
  ['a constant', list(5, () => '2.5'), undefined, 'y is "2.5" in all 5 rows: there is nothing to learn'],
  [
    'a missing value',
    ['a', 'b', '', 'a'],
    undefined,
    'line 4: y, the target, has no value; fill it in, or remove the row',
  ],
  [
    'missing values',
    ['1.5', 'NA', '2', '?', 'NaN'],
    undefined,
    'line 3 (and in 2 more): y, the target, has no value; fill it in, or remove the row',
  ],
  [
    'texts that all differ',
    list(30, (i) => `name ${i}`),
    undefined,
    'y has 30 different texts in 30 rows, too many for classes (at most 256, each in 2 rows or more on average); choose another column',
  ],
  [
    'too many classes',
    list(600, (i) => `class ${i % 300}`),
    undefined,
    'y has 300 different texts in 600 rows, too many for classes (at most 256, each in 2 rows or more on average); choose another column',
  ],
  [
    'numbers as classes',
    list(30, (i) => i * 1.5),
    'classification',
    'y has 30 different numbers in 30 rows, too many for classes (at most 256, each in 2 rows or more on average); --task regression predicts numbers',
  ],
  [
    'texts as numbers',
    ['1', 'two', '3'],
    'regression',
    'line 3: y is "two"; expected a number, as on other lines; leave the cell empty if it is not known',
  ],
  ['an infinite number', ['1.5', '2.5', 'inf'], 'regression', 'line 4: y is "inf"; numbers must be finite'],
] as const) {
  test(`refused in one line: ${name}`, () => {
    let found = '';
    try {
      chooseTarget(tableOf(values), 'y', task);
    } catch (error) {
      found = (error as Error).message;
    }
    assert.is(found, `t.csv: ${message}`);
  });
}

test('a name that is misspelt, and a class that is not known', () => {
  const table = tableOf(['a', 'b', 'a', 'b']);
  assert.throws(
    () => chooseTarget(table, 'Y'),
    /^t\.csv: no column "Y"; did you mean y\? its columns are x, y$/,
  );
  assert.throws(
    () => encodeTarget(table, { name: 'y', task: 'classification', classNames: ['a', 'c'] }),
    /^t\.csv: line 3: y is "b", which is none of the classes a, c$/,
  );
});

test.run();
