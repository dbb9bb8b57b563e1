import { setTimeout } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PreparationProgress } from '../../../src/cli/framework/preparation-progress.ts';

/** The lines on stderr, where it is no terminal. */
async function linesOf(
  action: (progress: PreparationProgress) => Promise<void>,
  silent = false,
): Promise<string[]> {
  const error = console.error.bind(console);
  const { isTTY } = process.stderr;
  const lines: string[] = [];
  console.error = (line: string) => lines.push(line);
  process.stderr.isTTY = false;
  try {
    await action(new PreparationProgress({ silent }));
  } finally {
    console.error = error;
    process.stderr.isTTY = isTTY;
  }
  return lines;
}

const task = 'compiling for the GPU';

test('a preparation that takes a second is shown, also if it tells nothing meanwhile', async () => {
  const lines = await linesOf(async ({ show }) => {
    show({ task, done: 0, total: 40 });
    await setTimeout(1200);
    show({ task, done: 40, total: 40 });
  });
  assert.equal(lines, ['compiling for the GPU: 0 of 40 done']);
});

test('a short one is not, nor any with --quiet', async () => {
  assert.equal(
    await linesOf(async ({ show }) => {
      for (const done of [0, 1, 2]) show({ task, done, total: 2 });
      await setTimeout(1200);
    }),
    [],
  );
  assert.equal(
    await linesOf(async ({ show }) => {
      show({ task, done: 0, total: 2 });
      await setTimeout(1200);
    }, true),
    [],
  );
});

test.run();
