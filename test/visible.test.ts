import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { oneLine, shortenMiddle, visible, visibleLines } from '../src/visible.ts';

test('control characters become escapes, everything else stays', () => {
  assert.is(visible('shoe\u001b[31m\u0007.png'), String.raw`shoe\x1b[31m\x07.png`);
  assert.is(visible('a\tb\r\nc\u0000d\u007fe\u009bf'), String.raw`a\tb\r\nc\x00d\x7fe\x9bf`);
  assert.is(visible('gnp\u202e.exe \u200b\ufeff\u2028'), String.raw`gnp\u202e.exe \u200b\ufeff\u2028`);
  assert.is(visible('\ud800 und \udc00'), String.raw`\ud800 und \udc00`);
  assert.is(visible('Größe 靴 👟 é – "x"'), 'Größe 靴 👟 é – "x"');
});

test('lines stay lines', () => {
  assert.is(visibleLines('a\n\u001b\nb\r'), 'a\n\\x1b\nb\\r');
});

test('a message is one line of at most 300 characters, and keeps both ends', () => {
  assert.is(oneLine('  one\n  two \n\n three\u0000 '), String.raw`one two three\x00`);
  const long = oneLine(`model.json: ${'\u001b'.repeat(1e6)}: expected a list`);
  assert.is(long.length, 300);
  assert.match(long, /^model\.json: \\x1b/);
  assert.match(long, /: expected a list$/);
  assert.is(oneLine('x'.repeat(300)), 'x'.repeat(300));
});

test('shortening never leaves half a character', () => {
  for (let length = 3; length < 20; length++) {
    const short = shortenMiddle('👟'.repeat(20), length);
    assert.ok(short.length <= length, `${length}`);
    assert.not.match(short, /\p{Cs}/u);
  }
});

test.run();
