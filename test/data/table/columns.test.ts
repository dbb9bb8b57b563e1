import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { chooseColumns, type ColumnChoice } from '../../../src/data/table/choose-columns.ts';
import { parseCsv, type Table } from '../../../src/data/table/csv.ts';
import { encodeFeatures, featureNames } from '../../../src/data/table/features.ts';

/** A table with the target `y`, and any other columns by name. */
function tableOf(columns: Readonly<Record<string, readonly (string | number)[]>>): Table {
  const names = Object.keys(columns);
  const count = columns[names[0]!]!.length;
  const rows = Array.from({ length: count }, (_, i) =>
    names.map((name) => `"${String(columns[name]![i]).replaceAll('"', '""')}"`).join(','),
  );
  const y = Array.from({ length: count }, (_, i) => i % 2);
  return parseCsv(
    Buffer.from([`${names.join(',')},y`, ...rows.map((row, i) => `${row},${y[i]}`)].join('\n')),
    't.csv',
  );
}

function choose(table: Table, choice: Partial<ColumnChoice> = {}): ReturnType<typeof chooseColumns> {
  const trainingRows = table.lines.map((_, row) => row);
  return chooseColumns(table, { target: 'y', ignore: [], categorical: [], trainingRows, ...choice });
}

const twenty = (value: (i: number) => string | number): (string | number)[] =>
  Array.from({ length: 20 }, (_, i) => value(i));

test('numbers are numbers, few texts are categories; both as the training rows have them', () => {
  const table = tableOf({ a: [1, 3, 5, 100], c: ['red', 'blue', 'red', 'green'] });
  const { columns, remarks } = choose(table, { trainingRows: [0, 1, 2], categorical: ['c'] });
  assert.equal(columns, [
    { name: 'a', kind: 'number', mean: 3 },
    { name: 'c', kind: 'category', categories: ['blue', 'red'] },
  ]);
  assert.equal(remarks, []);
  assert.equal(featureNames(columns), ['a', 'c=blue', 'c=red']);
  const encoded = encodeFeatures(table, columns);
  assert.equal(
    [...encoded.x.values],
    [1, 0, 1, 3, 1, 0, 5, 0, 1, 100, 0, 0],
    'a category of no training row is none of them',
  );
  assert.equal(encoded.remarks, [
    'c: 1 of 4 rows have a value that no training row has, such as "green": none of the categories',
  ]);
});

test('missing values: the mean for a number, no category for a text, with a remark', () => {
  const table = tableOf({ a: ['1', 'NA', '3', '', '?', 'NaN'], c: ['x', 'x', '', 'z', 'z', 'x'] });
  const { columns } = choose(table);
  const { x, remarks } = encodeFeatures(table, columns);
  assert.equal([...x.values], [1, 1, 0, 2, 1, 0, 3, 0, 0, 2, 0, 1, 2, 0, 1, 2, 1, 0]);
  assert.equal(remarks, [
    'a: 4 of 6 rows have no value; they get the mean of the training rows, 2',
    'c: 1 of 6 rows have no value: none of the categories',
  ]);
});

test('columns that say nothing, or too much, are ignored with a remark', () => {
  const table = tableOf({
    good: twenty((i) => i / 4),
    row: twenty((i) => i + 1),
    index: twenty((i) => i),
    same: twenty(() => 7),
    word: twenty(() => 'w'),
    name: twenty((i) => `name ${i}`),
    empty: twenty(() => ''),
  });
  const { columns, remarks } = choose(table);
  assert.equal(
    columns.map(({ name }) => name),
    ['good'],
  );
  assert.equal(remarks, [
    'row: it numbers the rows: ignored',
    'index: it numbers the rows: ignored',
    'same: all training rows have 7: ignored',
    'word: all training rows have "w": ignored',
    'name: 20 different texts in 20 training rows: ignored',
    'empty: no training row has a value: ignored',
  ]);
});

test('--ignore leaves a column out, --categorical makes names of numbers', () => {
  const table = tableOf({ a: twenty((i) => i / 2), zip: twenty((i) => 10_000 + (i % 3)) });
  assert.equal(choose(table, { ignore: ['a'], categorical: ['zip'] }).columns, [
    { name: 'zip', kind: 'category', categories: ['10000', '10001', '10002'] },
  ]);
  assert.throws(
    () => choose(table, { ignore: ['zap'] }),
    /^t\.csv: no column "zap"; did you mean zip\? its columns are/,
  );
  assert.throws(
    () => choose(table, { ignore: ['a', 'zip'] }),
    /^t\.csv: there is no column to predict "y" from$/,
  );
});

test('a column that is named as one of categories may have 1,000 of them', () => {
  const table = tableOf({ zip: Array.from({ length: 1002 }, (_, i) => i * 2) });
  const trainingRows = Array.from({ length: 1000 }, (_, i) => i);
  assert.is(featureNames(choose(table, { categorical: ['zip'], trainingRows }).columns).length, 1000);
  assert.throws(
    () => choose(table, { categorical: ['zip'] }),
    /^t\.csv: zip has 1,002 categories; a column has at most 1,000$/,
  );
});

for (const [cell, reason] of [
  ['inf', 'numbers must be finite'],
  ['-Infinity', 'numbers must be finite'],
  ['1,5', 'write a point in decimals (1.5), and nothing between thousands'],
  ['1,234.5', 'write nothing between thousands'],
  ['$12', 'write the number alone, without a sign'],
  ['oops', 'expected a number, as on other lines; leave the cell empty if it is not known'],
] as const) {
  test(`a column of numbers with ${cell}: one line that names its line`, () => {
    const table = tableOf({ a: twenty((i) => (i === 16 ? cell : i * 1.5)) });
    let message = '';
    try {
      choose(table);
    } catch (error) {
      message = (error as Error).message;
    }
    assert.is(message, `t.csv: line 18: a is ${JSON.stringify(cell)}; ${reason}`);
  });
}

test('a column of decimal commas is an error, not a column of names', () => {
  assert.throws(() => choose(tableOf({ a: twenty((i) => `${i},5`) })), /line 2: a is "0,5"; write a point/);
});

test('a number beyond float32 is an error in any row; texts with some numbers are categories', () => {
  assert.throws(
    () => choose(tableOf({ a: twenty((i) => (i === 3 ? '1e39' : i * 2)) })),
    /^t\.csv: line 5: a is "1e39": too large for a float32$/,
  );
  const { columns } = choose(tableOf({ code: twenty((i) => ['A1', '7', 'B2', '9'][i % 4]!) }));
  assert.equal(columns, [{ name: 'code', kind: 'category', categories: ['7', '9', 'A1', 'B2'] }]);
});

test.run();
