import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseCsv, readCsv, type Table } from '../../../src/data/table/csv.ts';
import { temporaryFolder } from '../../helpers/idx-file.ts';

const folder = temporaryFolder();
test.after(() => folder.remove());

const parse = (text: string | Buffer): Table => parseCsv(Buffer.from(text as string), 'a.csv');

test('names, cells by column, and the line of each row', () => {
  const { names, cells, lines } = parse('size,town\n12.5,Aston\n\n7,Burg\n');
  assert.equal(names, ['size', 'town']);
  assert.equal(cells, [
    ['12.5', '7'],
    ['Aston', 'Burg'],
  ]);
  assert.equal(lines, [2, 4]);
});

test('quoted cells hold delimiters, quotes and line breaks; blanks around cells are left out', () => {
  const { cells, lines } = parse('a,b\n"x, ""y""\nz", 1 \nq,2\n');
  assert.equal(cells, [
    ['x, "y"\nz', 'q'],
    ['1', '2'],
  ]);
  assert.equal(lines, [3, 4]);
});

test('the files of other programs: CRLF, a byte order mark, semicolons, tabs, bars, rows of delimiters', () => {
  for (const delimiter of [',', ';', '\t', '|']) {
    const text = `\uFEFF"a",b,"c,;|"\r\n1,2,3\r\n,,\r\n4,5,6`.replaceAll(/(?<!c),(?!;)/g, delimiter);
    const { names, cells } = parse(text);
    assert.equal(names, ['a', 'b', 'c,;|'], delimiter);
    assert.equal(cells, [
      ['1', '4'],
      ['2', '5'],
      ['3', '6'],
    ]);
  }
});

test('a column without a name, as pandas writes its index, is called by its position', () => {
  assert.equal(parse(',a\n0,1\n').names, ['column 1', 'a']);
});

const wrong: readonly (readonly [name: string, content: string | Buffer, message: string])[] = [
  ['nothing', '', 'the table is empty; its first line must name the columns'],
  ['names alone', 'a,b\n', 'the table has names of columns but no rows'],
  ['a short line', 'a,b\n1,2\n3\n', 'line 3 has 1 cell, the first line has 2'],
  ['a long line', 'a,b\n\n1,2\n3,4,5\n', 'line 4 has 3 cells, the first line has 2'],
  ['a quote without an end', 'a,b\n1,2\n3,"4\n5,6\n', 'line 3: a quote (") begins and does not end'],
  [
    'a quote inside',
    'a,b\n1,x"y\n',
    'line 2: a quote (") in the middle of a cell: quote the whole cell, and write "" for each quote in it',
  ],
  [
    'text behind a quote',
    'a,b\n1,"x"y\n',
    'line 2: text behind the quote (") that ends a cell: write "" for a quote inside',
  ],
  [
    'one column',
    'a word\n1\n',
    'only one column, "a word": expected columns with commas, semicolons or tabs between them',
  ],
  ['no names', '1,2\n3,4\n', 'its first line has only numbers; it must name the columns'],
  ['names that repeat', 'a,b,a\n1,2,3\n', 'columns 1 and 3 have the same name, "a"; rename one'],
  [
    'too many columns',
    `${Array.from({ length: 100_001 }, (_, i) => `c${i}`).join(',')}\n`,
    'it has 100,001 columns; a table has at most 10,000',
  ],
  ['a line that does not end', `a,b\n${'x'.repeat(2 ** 21)},1\n`, 'line 2 is longer than a line may be'],
  [
    'Latin-1',
    Buffer.from('a,b\n1,2\ncaf\xE9,3\n', 'latin1'),
    'line 3 is not in UTF-8; save the file in this encoding',
  ],
  ['UTF-16', Buffer.from('\uFEFFa,b\n', 'utf16le'), 'this is UTF-16, not a table as text; export it as CSV'],
  [
    'a workbook',
    Buffer.from('PK\x03\x04…'),
    'this is a ZIP archive or a workbook (xlsx, ods), not a table as text; export it as CSV',
  ],
  [
    'bytes',
    Buffer.from([65, 44, 66, 10, 0, 1]),
    'this is a binary file, not a table as text; export it as CSV',
  ],
];
for (const [name, content, message] of wrong) {
  test(`refused in one line: ${name}`, () => {
    let found = '';
    try {
      parse(content);
    } catch (error) {
      found = (error as Error).message;
      assert.is((error as Error).name, 'DataError');
    }
    assert.is(found, `a.csv: ${message}`);
  });
}

test('a file that is not there, or is a folder', () => {
  const path = join(folder.path, 'no.csv');
  assert.throws(() => readCsv(path), /no\.csv: cannot read the table: no such file$/);
  mkdirSync(join(folder.path, 'folder.csv'));
  assert.throws(() => readCsv(join(folder.path, 'folder.csv')), /cannot read the table: this is a folder/);
  writeFileSync(path, 'a,b\n1,2\n');
  assert.is(readCsv(path).sha256.length, 64);
});

test.run();
