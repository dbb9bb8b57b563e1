import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { displayWidth, fitWidth } from '../src/display-width.ts';
import { textTable, widthOf } from '../src/text-table.ts';

const head = ['image', 'file', 'true class', 'probability'];
const rows = [
  [7, 'test/boots/IMG_20260101_123456.jpg', 'Ankle boot', '99.93 %'],
  [12345, 'a.png', 'Shirt', '100.00 %'],
];
const table = (columns?: number): string =>
  textTable({ head, rows, textColumns: [1, 2], ...(columns === undefined ? {} : { columns }) });

test('as wide as its cells if there is room', () => {
  assert.is(
    table(),
    [
      '┌───────┬────────────────────────────────────┬────────────┬─────────────┐',
      '│ image │ file                               │ true class │ probability │',
      '├───────┼────────────────────────────────────┼────────────┼─────────────┤',
      '│     7 │ test/boots/IMG_20260101_123456.jpg │ Ankle boot │     99.93 % │',
      '│ 12345 │ a.png                              │ Shirt      │    100.00 % │',
      '└───────┴────────────────────────────────────┴────────────┴─────────────┘',
    ].join('\n'),
  );
  assert.is(table(73), table());
});

test('in a narrower terminal texts lose their middle, then the table its rules; numbers stay whole', () => {
  for (let columns = 72; columns >= 30; columns--) {
    const text = table(columns);
    assert.ok(widthOf(text) <= columns, `${columns}:\n${text}`);
    assert.match(text, /\b7 .* 99\.93 %/);
    assert.match(text, /12345 .* 100\.00 %/);
  }
  assert.match(table(60), /^┌─+┬─+┬─+┬─+┐$/m);
  assert.match(table(60), /│ \S+…\S*3456\.jpg │ Ankle boot │/);
  assert.not.match(table(36), /[│─┌]/);
});

test('wide characters count two columns, marks none, control characters are shown', () => {
  assert.is(displayWidth('靴 é👟'), 6);
  assert.is(displayWidth('e\u0301'), 1);
  assert.is(displayWidth(fitWidth('靴靴靴靴靴靴', 7)) <= 7, true);
  const text = textTable({
    head: ['class', 'n'],
    rows: [
      ['靴\u001b[2J\n', 1],
      ['x', 22],
    ],
  });
  assert.equal(text.split('\n').map(displayWidth), Array(6).fill(displayWidth(text.split('\n')[0]!)));
  assert.ok(text.includes(String.raw`靴\x1b[2J\n`));
});

test.run();
