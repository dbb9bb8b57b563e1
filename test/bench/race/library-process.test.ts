import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { LibraryProcess } from '../../../bench/race/library-process.ts';

/** A process that runs `reaction` for each `line` that it reads. */
function answering(reaction: string): LibraryProcess {
  const script = `
    const { createInterface } = require('node:readline');
    createInterface({ input: process.stdin }).on('line', (line) => { ${reaction} });`;
  return new LibraryProcess(process.execPath, ['-e', script], 3);
}

async function failure(process: LibraryProcess, patience = 60): Promise<string> {
  try {
    await process.ask({ request: 'run' }, patience);
  } catch (error) {
    return (error as Error).message;
  } finally {
    process.stop();
  }
  return 'it answered';
}

test('a line of JSON for each question, in order, with the number of threads in the environment', async () => {
  const echo = answering(
    'console.log(JSON.stringify({ question: JSON.parse(line), threads: process.env.OMP_NUM_THREADS }))',
  );
  try {
    assert.equal(await echo.ask({ request: 'start', batchSize: 64 }), {
      question: { request: 'start', batchSize: 64 },
      threads: '3',
    });
    const answers = await Promise.all([echo.ask({ n: 1 }), echo.ask({ n: 2 })]);
    assert.equal(
      answers.map(({ question }) => question),
      [{ n: 1 }, { n: 2 }],
    );
  } finally {
    echo.stop();
  }
});

test('an error is thrown in the words of the library', async () => {
  assert.is(
    await failure(answering(`console.log('{"error": "Kernel Conv2D is not registered"}')`)),
    'Kernel Conv2D is not registered',
  );
});

test('a process that ends, answers something else, never answers, or does not start', async () => {
  const crashed = await failure(answering(`throw new RangeError('too large')`));
  assert.match(crashed, /ended before it answered: RangeError: too large$/);
  assert.match(await failure(answering(`console.log('hello')`)), /answered no JSON: hello$/);
  assert.match(await failure(answering(''), 0.2), /ended before it answered: no answer within 0.2 s$/);
  assert.match(
    await failure(new LibraryProcess('/no/such/program', [], 1)),
    /ended before it answered: .*ENOENT/,
  );
});

test.run();
