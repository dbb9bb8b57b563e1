import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRows, readTable } from '../../../src/data/table/table-dataset.ts';
import type { Dice } from './dice.ts';
import { mutateBytes } from './mutate-bytes.ts';
import type { ReaderCase } from './reader-case.ts';

const delimiters = [',', ';', '\t', '|'];
const oddCells = [
  '',
  'NA',
  'inf',
  '-inf',
  '1,5',
  '1e400',
  '"a;b"',
  '"q""q"',
  '"',
  'x"y',
  '\u0000',
  '\uD83D',
  'é'.repeat(40),
];

/** Rows of a number, a category, an identifier and a class, some with odd cells, more or fewer than there should be. */
function tableText(dice: Dice): string {
  const delimiter = dice.pick(delimiters);
  const end = dice.pick(['\n', '\r\n']);
  const count = dice.below(30);
  const rows = Array.from({ length: count }, (_, i) => {
    const cells = [
      String(i * 1.5 - 3),
      dice.pick(['red', 'blue', 'green']),
      `id ${i}`,
      dice.pick(['yes', 'no']),
    ];
    if (dice.chance(0.05)) cells[dice.below(cells.length)] = dice.pick(oddCells);
    if (dice.chance(0.01)) cells.splice(dice.below(cells.length), 1);
    return cells.join(delimiter);
  });
  return [['size', 'colour', 'id', 'sold'].join(delimiter), ...rows].join(end);
}

export const table: ReaderCase = {
  name: 'table',
  make(dice) {
    const bytes = Buffer.from(tableText(dice));
    return dice.chance(0.5) ? bytes : mutateBytes(bytes, dice);
  },
  read(bytes, folder) {
    const path = join(folder, 'table.csv');
    writeFileSync(path, bytes);
    const options = { testSplit: 0.2, seed: 1, limit: Infinity, validationSplit: 0.2 };
    const { table: format, classNames } = readTable(path, { ...options, target: 'sold' });
    readRows(path, format, classNames);
    readTable(path, { ...options, target: 'size' });
  },
};
