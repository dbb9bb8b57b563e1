import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Pixels } from '../../../src/data/pictures/pixels.ts';
import { coloursOf, halfBlocks, sideBySide } from '../../../src/report/terminal/half-blocks.ts';

function image(width: number, channels: number, ...bytes: number[]): Pixels {
  return { width, height: bytes.length / width / channels, channels, data: Float32Array.from(bytes) };
}

const escape = '\u001b[';

test('two rows in a line: the upper pixel on the lower one; the last of an odd number stands alone', () => {
  const red = [255, 0, 0];
  const blue = [0, 0, 255];
  const other = [1, 2, 3];
  assert.equal(halfBlocks(image(1, 3, ...red, ...blue, ...other), '24 bits'), [
    `${escape}38;2;255;0;0;48;2;0;0;255m▀${escape}0m`,
    `${escape}38;2;1;2;3;49m▀${escape}0m`,
  ]);
});

test('grey; the same colours again are not said again; what lies outside of 0 to 255 is limited, the rest rounded', () => {
  assert.equal(halfBlocks(image(3, 1, -5, 0, 99.6, 300, 255, 7), '24 bits'), [
    `${escape}38;2;0;0;0;48;2;255;255;255m▀▀${escape}38;2;100;100;100;48;2;7;7;7m▀${escape}0m`,
  ]);
});

/** Colours and the nearest of xterm's. */
const nearest: readonly (readonly [readonly number[], number])[] = [
  [[0, 0, 0], 16],
  [[255, 255, 255], 231],
  [[255, 0, 0], 196],
  [[0, 95, 135], 24],
  [[8, 8, 8], 232],
  [[128, 128, 128], 244],
  [[236, 239, 238], 255],
  [[100, 140, 180], 67],
];
for (const [colour, index] of nearest) {
  test(`256 colours: ${colour.join(', ')} is ${index}`, () => {
    assert.equal(halfBlocks(image(1, 3, ...colour), '256'), [`${escape}38;5;${index};49m▀${escape}0m`]);
  });
}

test('without colours: a character for the mean of two rows, from blank for black to @ for white', () => {
  assert.equal(halfBlocks(image(5, 1, 0, 255, 0, 26, 255, 0, 255, 255, 26, 203), 'none'), [' @+.%']);
  assert.equal(halfBlocks(image(2, 1, 0, 0, 0, 0, 255, 128), 'none'), ['  ', '@+']);
  // luma: 0.299, 0.587 and 0.114 of white
  assert.equal(halfBlocks(image(3, 3, 255, 0, 0, 0, 255, 0, 0, 0, 255), 'none'), [':+.']);
});

test('blocks side by side, where they have different heights, too', () => {
  assert.equal(sideBySide([['ab', 'cd'], ['x'], ['1', '2', '3']], 1), ['ab x 1', 'cd   2', '     3']);
  const coloured = halfBlocks(image(2, 1, 1, 2), '24 bits');
  assert.is(sideBySide([coloured, ['x', 'y']])[1], '    y');
  assert.equal(sideBySide([]), []);
});

test('colours are for a terminal that has them', () => {
  const terminal = (bits: number): Parameters<typeof coloursOf>[0] => ({
    isTTY: true,
    getColorDepth: () => bits,
  });
  assert.is(coloursOf(terminal(24)), '24 bits');
  assert.is(coloursOf(terminal(8)), '256');
  assert.is(coloursOf(terminal(4)), 'none');
  assert.is(coloursOf({ ...terminal(24), isTTY: false }), 'none');
  const given: unknown[] = [];
  const environment = { NO_COLOR: '1' };
  coloursOf({ isTTY: true, getColorDepth: (env) => given.push(env) }, environment);
  assert.equal(given, [environment], 'the terminal is asked with the environment, NO_COLOR included');
});

test.run();
