import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const main = join(import.meta.dirname, '../../bench/main.ts');

function bench(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
}

test('a wrong word on the command line: one line names the option, and the status is 2', () => {
  const wholeNumber = 'expected a whole number from 1 to 1000000000';
  for (const [args, message] of [
    [['step', '--rounds', '0'], `--rounds: ${wholeNumber}, got "0"`],
    [['accuracy', '--seeds', '1,x'], `--seeds: ${wholeNumber}, got "x"`],
    [['libraries', '--batch-size', '64,0'], `--batch-size: ${wholeNumber}, got "0"`],
    [['inference', '--batch-size', '20000'], '--batch-size: there are 10000 images, got 20000'],
    [['scaling', '--batch-size', '64', '60001'], '--batch-size: there are 60000 images, got 60001'],
    [
      ['step', '--model', 'mpl'],
      '--model: expected mlp, mlp-norm, cnn, cnn-dropout, cnn-norm, cnn-residual or all, got "mpl"',
    ],
    [['step', '--engine', 'auto'], '--engine: expected wasm, reference, gpu or all, got "auto"'],
    [
      ['step', '--profile', '--engine', 'all'],
      '--profile: give one engine that has tasks or dispatches to time, wasm or gpu',
    ],
    [
      ['step', '--profile', '--engine', 'reference'],
      '--profile: give one engine that has tasks or dispatches to time, wasm or gpu',
    ],
    [
      ['step', '--profile', '--json', '/nowhere/profile.json'],
      '--json: a file holds one profile: give one --model and one --batch-size',
    ],
    [['operations', '--only', 'fourier'], '--only: no operation has "fourier" in its name'],
    // a line that names no command is the tour's
    [['--sizes', '1'], 'unknown option --sizes; see --help'],
    [['accuracy', '--limit', '100'], '--epochs and --limit go with --json: bench/results/ is for whole runs'],
    [
      ['accuracy', '--add', '--json', '/nowhere/accuracy.json'],
      '--add: there is no /nowhere/accuracy.json to add to',
    ],
    [['step', '--modl', '1'], 'unknown option --modl; did you mean --model?'],
    [
      ['lader'],
      'unknown command lader; expected tour, ladder, matmul, conv2d, operations, step, scaling, inference, gpu, libraries, small, accuracy, recipes, sweep, queue or docs',
    ],
  ] as const) {
    const { status, stderr } = bench(...args);
    assert.is(stderr, `bench: ${message}\n`);
    assert.is(status, 2);
  }
});

test.run();
