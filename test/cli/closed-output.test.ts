import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readRun } from '../../src/run/saved-run.ts';
import { cliFolder, main } from '../helpers/cli.ts';

const folder = cliFolder();
test.after(() => folder.remove());

/** Trains in bash, with an ending of the command line. The last line of stderr is the exit status of the training. */
function train(
  out: string,
  options: string,
  ending: string,
): { readonly status: string; readonly said: string } {
  const settings = `--data data --limit 50 --epochs 3 --engine reference --no-report --out ${out} ${options}`;
  const { stderr } = folder.shell(
    `"${process.execPath}" "${main}" train ${settings} ${ending}; echo "status \${PIPESTATUS[0]}" >&2`,
  );
  const lines = stderr.trimEnd().split('\n');
  return { status: lines.pop()!, said: lines.join('\n') };
}

function isWhole(out: string): boolean {
  return readRun(join(folder.path, out)).finished && existsSync(join(folder.path, out, 'metrics.json'));
}

for (const [what, out, options, ending] of [
  ['after the first line', 'one', '', '| head -1'],
  ['after the first line of --json', 'json', '--json', '| head -1'],
  ['before the first line', 'none', '', '| true'],
  ['of stderr, too', 'both', '', '2>&1 | head -1'],
  ['of stderr alone', 'errors', '', '2> >(true)'],
] as const) {
  test(`a reader that goes away ${what} does not end a training, nor change its exit status`, () => {
    const { status, said } = train(out, options, ending);
    assert.is(status, 'status 0', said);
    assert.not.match(said, /^weft: |EPIPE|\bat /m);
    assert.ok(isWhole(out));
  });
}

test('a disk that is full under stdout: one line, status 1; the training is whole', () => {
  const { status, said } = train('full', '--quiet', '> /dev/full');
  assert.is(said, 'weft: cannot write the output: ENOSPC: no space left on device, write');
  assert.is(status, 'status 1');
  assert.ok(isWhole('full'));
});

test('a disk that is full under stderr changes nothing', () => {
  const { status } = train('mute', '', '2> /dev/full > /dev/null');
  assert.ok(isWhole('mute'));
  assert.is(status, 'status 0');
});

test('a command that fails keeps its status when nobody reads', () => {
  const { stderr } = folder.shell(
    `"${process.execPath}" "${main}" evaluate nothing 2>&1 | true; echo "status \${PIPESTATUS[0]}" >&2`,
  );
  assert.is(stderr, 'status 1\n');
});

test.run();
