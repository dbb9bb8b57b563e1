import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { orderRows } from '../../../src/data/table/order-rows.ts';
import {
  readRows,
  readTable,
  readTablePart,
  type TableOptions,
} from '../../../src/data/table/table-dataset.ts';
import { temporaryFolder } from '../../helpers/idx-file.ts';
import { flowers, houses, writeTable } from '../../helpers/tables.ts';

const folder = temporaryFolder();
test.after(() => folder.remove());
const flowersFile = writeTable(folder.path, 'flowers.csv', ...flowers(150));
const housesFile = writeTable(folder.path, 'houses.csv', ...houses(100));
const common = { testSplit: 0.2, seed: 1, limit: Infinity, validationSplit: 0.2 };
const flowerOptions: TableOptions = { ...common, target: 'kind' };
const houseOptions: TableOptions = { ...common, target: 'price' };

const countsOf = (labels: ArrayLike<number>): number[] =>
  [0, 1, 2].map((label) => Array.from(labels).filter((y) => y === label).length);

test('a sorted table: each part has its share of every class, and no row is in two', () => {
  const { train, test: tested, classNames, name } = readTable(flowersFile, flowerOptions);
  assert.equal(classNames, ['daisy', 'rose', 'tulip']);
  assert.is(name, 'flowers.csv');
  assert.equal(countsOf(train.y.values), [40, 40, 40]);
  assert.equal(countsOf(train.y.values.subarray(0, 96)), [32, 32, 32], 'without the rows for validation');
  assert.equal(countsOf(tested.y.values), [10, 10, 10]);
  const lines = [...train.lines, ...tested.lines].toSorted((a, b) => a - b);
  assert.equal(
    lines,
    Array.from({ length: 150 }, (_, i) => i + 2),
  );
});

test('the seed alone decides the order', () => {
  const linesOf = (seed: number): number[] => [
    ...readTable(housesFile, { ...houseOptions, seed }).test.lines,
  ];
  assert.equal(linesOf(1), linesOf(1));
  assert.not.equal(linesOf(1), linesOf(2));
  assert.not.equal(
    linesOf(1),
    Array.from({ length: 20 }, (_, i) => i + 82),
    'not the last rows',
  );
});

test('the order is a permutation, and spreads a rare class', () => {
  const labels = Uint8Array.from({ length: 90 }, (_, i) => (i < 87 ? 0 : 1));
  const order = orderRows(90, 3, labels);
  assert.equal(
    order.toSorted(),
    Int32Array.from({ length: 90 }, (_, i) => i),
  );
  const rare = [...order].flatMap((row, place) => (row >= 87 ? [place] : []));
  assert.equal(
    rare.map((place) => Math.floor(place / 30)),
    [0, 1, 2],
  );
});

test('features and targets belong to the same line', () => {
  const { train } = readTable(housesFile, houseOptions);
  const lines = houses(100);
  for (const [i, line] of [...train.lines].entries()) {
    const [size, place, price] = lines[line - 1]!.split(',');
    const expected = [Number(size), Number(place === 'sea'), Number(place === 'town')].map(Math.fround);
    assert.equal([...train.x.values.subarray(3 * i, 3 * i + 3)], expected);
    assert.is(train.y.values[i], Math.fround(Number(price)));
  }
});

test('means and categories are those of the training rows, which the limit and the split leave', () => {
  const { table, train } = readTable(housesFile, { ...houseOptions, limit: 50 });
  assert.is(train.lines.length, 50);
  const sizes = [...train.x.values].filter((_, i) => i % 3 === 0).slice(0, 40);
  const mean = sizes.reduce((sum, size) => sum + size / 40, 0);
  const [column] = table.columns;
  assert.ok(column?.kind === 'number' && Math.abs(column.mean - mean) < 1e-4);
});

test('--test-data: its rows are the test, and all of the first table are for training', () => {
  const other = writeTable(
    folder.path,
    'other.csv',
    'kind,colour,extra,length',
    'rose,pink,1,5',
    'tulip,,2,8',
  );
  const {
    train,
    test: tested,
    table,
    remarks,
    checksums,
  } = readTable(flowersFile, { ...flowerOptions, testData: other });
  assert.is(train.lines.length, 150);
  assert.equal([...tested.lines], [2, 3]);
  assert.equal([...tested.y.values], [1, 2]);
  assert.equal([...tested.x.values], [5, 0, 0, 0, 8, 0, 0, 0]);
  assert.is(table.testSplit, null);
  assert.equal(Object.keys(checksums), ['flowers.csv', 'test rows, other.csv']);
  assert.ok(remarks!.some((remark) => remark.startsWith('other.csv: colour: 1 of 2 rows have a value')));
});

test('remarks begin with the task and what would change it', () => {
  assert.is(readTable(flowersFile, flowerOptions).remarks![0], 'classification of kind: 3 different texts');
  assert.match(
    readTable(housesFile, houseOptions).remarks![0]!,
    /^regression of price: \d+ different whole numbers; --task classification predicts classes$/,
  );
});

test('too few rows', () => {
  const path = writeTable(folder.path, 'few.csv', 'a,b', '1,x', '2,y');
  assert.throws(
    () => readTable(path, { ...common, target: 'b' }),
    /few\.csv: 2 rows are too few for rows to train on and rows for the test; lower --test-split/,
  );
});

test('a run reads the parts of its table again; of another table all rows are for the test', () => {
  const { table: format, classNames, checksums, train, test: tested } = readTable(flowersFile, flowerOptions);
  const known = {
    format,
    classNames,
    limit: Infinity,
    validationSplit: 0.2,
    checksum: checksums['flowers.csv'],
  };
  const linesOf = (path: string, part: 'train' | 'validation' | 'test'): number[] => {
    const { examples, positions } = readTablePart(path, part, known);
    return [...positions].map((position) => examples.lines[position]!);
  };
  assert.equal(linesOf(flowersFile, 'train'), [...train.lines.subarray(0, 96)]);
  assert.equal(linesOf(flowersFile, 'validation'), [...train.lines.subarray(96)]);
  assert.equal(linesOf(flowersFile, 'test'), [...tested.lines]);
  const other = writeTable(folder.path, 'later.csv', 'length,colour,kind', '1,red,rose', '2,red,daisy');
  assert.equal(linesOf(other, 'test'), [2, 3]);
  assert.equal(linesOf(other, 'train'), []);
  assert.is(readTablePart(other, 'test', known).isKnown, false);
});

test('rows to predict need no target; a column of the network that is missing is an error', () => {
  const { table, classNames } = readTable(flowersFile, flowerOptions);
  const path = writeTable(folder.path, 'new.csv', 'colour,length', 'red,5', 'white,2');
  const { x, y } = readRows(path, table, classNames);
  assert.equal([...x.values], [5, 1, 0, 0, 2, 0, 1, 0]);
  assert.is(y, null);
  const blank = writeTable(folder.path, 'blank.csv', 'colour,length,kind', 'red,5,', 'white,2,');
  assert.is(readRows(blank, table, classNames).y, null);
  const less = writeTable(folder.path, 'less.csv', 'colour,lenght', 'red,5');
  assert.throws(
    () => readRows(less, table, classNames),
    /less\.csv: no column "length"; did you mean lenght\? its columns are colour, lenght$/,
  );
});

test.run();
