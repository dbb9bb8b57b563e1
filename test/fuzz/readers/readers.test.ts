import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryFolder } from '../../helpers/idx-file.ts';
import { fuzzReader } from '../readers.ts';
import { readerCases } from './cases.ts';
import { Dice } from './dice.ts';
import { messageFault } from './message-faults.ts';

for (const { name, make, read } of readerCases) {
  test(`${name}: a seed makes the same files again; some of 400 are accepted, some are refused in plain words`, () => {
    const folder = temporaryFolder();
    let refused = 0;
    for (let input = 0; input < 400; input++) {
      const bytes = make(new Dice(7, `${name} ${input}`));
      if (input < 20) assert.equal(make(new Dice(7, `${name} ${input}`)), bytes);
      try {
        read(bytes, folder.path);
      } catch (error) {
        assert.is(messageFault(error), null, `input ${input}`);
        refused += 1;
      }
    }
    folder.remove();
    assert.ok(refused > 0 && refused < 400, `${refused} of 400 were refused`);
  });
}

test('a process of its own tries a reader, and says what it found', async () => {
  const { name, inputs, refused, accepted, mostBytes, findings } = await fuzzReader('idx', {
    seconds: 0.2,
    seed: 3,
  });
  assert.is(name, 'reader idx');
  assert.is(refused + accepted, inputs);
  assert.ok(inputs > 0 && mostBytes! > 1e6);
  assert.equal(findings, []);
});

test('with a number of inputs, a reader tries so many, whatever the time', async () => {
  const { inputs } = await fuzzReader('idx', { seconds: 0, seed: 3, inputs: 37 });
  assert.is(inputs, 37);
});

const faults: readonly (readonly [unknown, RegExp | null])[] = [
  [new Error('a.png: a damaged PNG: it ends too early'), null],
  [new TypeError('a.png: it ends too early'), /^TypeError: /],
  [new Error("Cannot read properties of null (reading 'x')"), /^an internal message: /],
  [new Error('expected a name, found undefined'), /^an internal message: /],
  [new Error('expected a name, found [object Object]'), /^an internal message: /],
  [new Error('two\nlines'), /^control characters: /],
  [new Error('red: \u001b[31m'), /^control characters: /],
  [new Error('x'.repeat(301)), /^a message of 301 characters: /],
  ['a text', /^what was thrown is no Error$/],
];
for (const [error, expected] of faults) {
  test(`the judge of messages: ${String(error).slice(0, 40).replaceAll(/\s/g, ' ')}`, () => {
    const fault = messageFault(error);
    if (expected === null) assert.is(fault, null);
    else assert.match(fault!, expected);
  });
}

test.run();
