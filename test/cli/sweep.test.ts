import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cliFolder, main } from '../helpers/cli.ts';
import { parseHtml } from '../helpers/html.ts';
import { essence, resultsOf } from '../helpers/sweep-results.ts';

const folder = cliFolder();
test.after(() => folder.remove());
const { data, weft } = folder;

const plan = {
  options: { data, engine: 'wasm', epochs: 9, schedule: 'one-cycle', 'validation-split': 0.25 },
  include: [{}],
  space: {
    'learning-rate': { from: 0.0005, to: 0.02, scale: 'log' },
    'batch-size': [8, 16],
    dropout: { from: 0, to: 0.4, step: 0.2 },
  },
  trials: 4,
  halving: { from: 1, factor: 3 },
};
function writePlan(name: string, content: unknown): string {
  writeFileSync(at(name), typeof content === 'string' ? content : JSON.stringify(content));
  return name;
}
const at = (path: string): string => join(folder.path, path);
const read = (path: string): string => readFileSync(at(path), 'utf8');
const weightsOf = (sweep: string): Map<string, Buffer> =>
  new Map(
    readdirSync(at(`${sweep}/runs`)).map((run) => [
      run,
      readFileSync(at(`${sweep}/runs/${run}/model.safetensors`)),
    ]),
  );

test('a sweep tries, halves, tests the best run alone, and writes its pages', () => {
  writePlan('plan.json', { '// a': 'comment', ...plan });
  const { status, stdout, stderr } = weft('sweep', 'plan.json', '--threads', '2');
  assert.is(status, 0, stderr);
  assert.match(stdout, /^sweep {3}4 trials, judged after 1, 3, 9 epochs, by the validation accuracy\n/);
  assert.match(stdout, /runs {4}2 at a time, on this machine\n/);
  assert.match(stdout, /\nbest: trial \d, validation accuracy [\d.]+ %/);
  assert.match(stdout, /on the test examples, which it alone has seen: accuracy [\d.]+ %\n/);
  assert.match(stdout, /written to sweeps\/plan: sweep.html, trials.csv, trials.json\n$/);
  assert.is(weightsOf('sweeps/plan').size, 4);
  const tested = readdirSync(at('sweeps/plan/runs')).filter((run) =>
    existsSync(at(`sweeps/plan/runs/${run}/metrics.json`)),
  );
  assert.is(tested.length, 1);
  assert.match(stdout, new RegExp(`its run is sweeps/plan/runs/${tested[0]}\n`));
  // it is a run like any other
  assert.is(weft('evaluate', `sweeps/plan/runs/${tested[0]}`).status, 0);
  const page = read('sweeps/plan/sweep.html');
  assert.ok(parseHtml(page).length > 100);
  for (const part of ['Best so far', 'Each parameter', 'The best run', '0 (given)']) assert.match(page, part);
  const csv = read('sweeps/plan/trials.csv').trim().split('\n');
  assert.is(csv[0], 'trial,accuracy,epochs,whole,seconds,failure,learning-rate,batch-size,dropout');
  assert.is(csv.length, 5);
});

test('done again it does nothing twice; with one run at a time, and in another folder, it gives the same bits', () => {
  const before = read('sweeps/plan/results.jsonl');
  const again = weft('sweep', 'plan.json');
  assert.is(again.status, 0, again.stderr);
  assert.match(again.stdout, /\n {8}\d+ results are there already\n/);
  assert.is(read('sweeps/plan/results.jsonl'), before);
  assert.is(weft('sweep', 'plan.json', '--threads', '1', '--out', 'alone', '--quiet').status, 0);
  assert.equal(essence(at('alone')), essence(at('sweeps/plan')));
  assert.equal(weightsOf('alone'), weightsOf('sweeps/plan'));
});

interface Begun {
  readonly child: ChildProcess;
  /** Once it has printed something: from then on it ends by Ctrl-C as it should. */
  readonly begun: Promise<unknown>;
  readonly ended: Promise<number | null>;
}

function begin(...args: string[]): Begun {
  const child = spawn(process.execPath, [main, 'sweep', ...args], {
    cwd: folder.path,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const begun = new Promise((resolve) => child.stdout.on('data', resolve));
  return { child, begun, ended: new Promise((resolve) => child.on('close', resolve)) };
}

test('interrupted and killed, again and again, it goes on to the same result', async () => {
  for (const [milliseconds, signal] of [
    [300, 'SIGINT'],
    [800, 'SIGKILL'],
    [400, 'SIGINT'],
    [1300, 'SIGKILL'],
  ] as const) {
    const { child, begun, ended } = begin('plan.json', '--out', 'broken', '--threads', '2');
    await begun;
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    child.kill(signal);
    const status = await ended;
    if (signal === 'SIGINT') assert.is(status, 130);
  }
  const { status, stderr } = weft('sweep', 'plan.json', '--out', 'broken');
  assert.is(status, 0, stderr);
  assert.equal(essence(at('broken')), essence(at('alone')));
  assert.equal(weightsOf('broken'), weightsOf('alone'));
});

test('a run that diverges is a result; a half line of results is done again', () => {
  writePlan('wild.json', {
    options: { data, engine: 'wasm', epochs: 3, optimizer: 'sgd', 'validation-split': 0.25 },
    space: { 'learning-rate': [0.01, 1e30] },
    method: 'grid',
  });
  const { status, stdout, stderr } = weft('sweep', 'wild.json', '--threads', '1');
  assert.is(status, 0, stderr);
  assert.match(stderr, /trial 1, seed 1: .* training has diverged; try a lower learning rate\n/);
  assert.match(stdout, /best: trial 0/);
  const file = at('sweeps/wild/results.jsonl');
  const whole = read('sweeps/wild/results.jsonl');
  writeFileSync(file, whole.slice(0, -20));
  assert.is(weft('sweep', 'wild.json', '--quiet').status, 0);
  assert.is(resultsOf(at('sweeps/wild')).length, 2);
});

test('numbers are judged by the loss; --report writes the pages anew', () => {
  writeFileSync(
    at('houses.csv'),
    `size,price\n${Array.from({ length: 60 }, (_, i) => `${(i * 37) % 60},${3 * ((i * 37) % 60) + (i % 5)}`).join('\n')}\n`,
  );
  writePlan('houses.json', {
    options: { data: 'houses.csv', target: 'price', epochs: 3 },
    space: { 'learning-rate': [0.01, 0.001] },
    method: 'grid',
    seeds: [1, 2],
  });
  const { status, stdout, stderr } = weft('sweep', 'houses.json');
  assert.is(status, 0, stderr);
  assert.match(stdout, /2 trials with 2 seeds each, by the validation loss/);
  assert.match(stdout, /mean absolute error [\d.]+, R²/);
  const page = read('sweeps/houses/sweep.html');
  writeFileSync(at('sweeps/houses/sweep.html'), '');
  assert.is(
    weft('sweep', 'sweeps/houses', '--report').stdout,
    'written to sweeps/houses: sweep.html, trials.csv, trials.json\n',
  );
  assert.is(read('sweeps/houses/sweep.html'), page);
});

test('what is wrong is said in one line, and nothing is begun', () => {
  const base = { options: { data }, space: { 'batch-size': [8] } };
  const cases: readonly (readonly [content: unknown, message: string])[] = [
    ['{', "cannot be read: Expected property name or '}' in JSON at position 1 (line 1 column 2)"],
    [[], 'a sweep: expected an object, got []'],
    [{ ...base, trails: 3 }, 'a sweep: unknown key "trails"; did you mean trials?'],
    [{ ...base, trials: 0 }, 'trials: expected a whole number from 1 to 100000, got 0'],
    [{ ...base, seeds: [1, 1] }, 'seeds: one of them is given twice'],
    [{ ...base, metric: 'speed' }, 'metric: expected accuracy or loss or meanAbsoluteError, got "speed"'],
    [{ options: { data, seed: 3 } }, 'options: seed has a place of its own: "seeds": [1, 2]'],
    [{ options: { data, out: 'x' } }, 'options: out is not for the runs of a sweep'],
    [
      { options: { epochs: 'many' } },
      'options: --epochs: expected a whole number from 1 to 100000, got "many"',
    ],
    [{ space: { epoch: [1] } }, 'space: unknown key "epoch"; did you mean epochs?'],
    [{ space: { limit: [1] } }, 'space: runs with another limit cannot be compared; it goes into "options"'],
    [{ space: { epochs: [] } }, 'space: epochs: expected at least one value'],
    [{ space: { epochs: { from: 3, to: 2 } } }, 'space: epochs: from 3 is not below to 2'],
    [
      { space: { 'learning-rate': { from: 0, to: 1, scale: 'log' } } },
      'space: learning-rate: a log scale begins above 0, got from 0',
    ],
    [
      { space: { 'batch-size': { from: 8, to: 65 } } },
      'space: --batch-size: expected a whole number from 1 to 65536, got "',
    ],
    [
      { space: { dropout: { from: 0, to: 1 } } },
      'space: --dropout: expected a number of at least 0 and below 1, got "1"',
    ],
    [
      { method: 'grid', space: { l2: { from: 0, to: 1 } } },
      'space: l2: a grid needs the step or the count of a range',
    ],
    [
      {
        space: {
          momentum: { values: [0.5], when: { nesterov: true } },
          nesterov: { values: [true], when: { momentum: 0.5 } },
        },
      },
      'space: the conditions of momentum and nesterov form a circle',
    ],
    [{ ...base, halving: { from: 20 } }, 'halving: from 20 is not below the 20 epochs of a run'],
    [{ space: { epochs: [3, 6] }, halving: {} }, 'halving compares runs of the same length, and one has '],
  ];
  for (const [content, message] of cases) {
    writePlan('wrong.json', content);
    const { status, stderr } = weft('sweep', 'wrong.json', '--out', 'nothing');
    assert.ok(stderr.startsWith(`weft: wrong.json: ${message}`), `${stderr}expected: ${message}`);
    assert.is(stderr.trimEnd().split('\n').length, 1);
    assert.is(status, 2);
    assert.not(existsSync(at('nothing')));
  }
  const other = weft('sweep', writePlan('other.json', base), '--out', 'sweeps/plan');
  assert.match(other.stderr, /^weft: --out sweeps\/plan: another sweep is in this folder; /);
  assert.is(other.status, 2);
  const foreign = weft('sweep', 'plan.json', '--out', '.');
  assert.match(
    foreign.stderr,
    /^weft: --out \.: the folder is not empty, and not that of a sweep; choose a new one\n$/,
  );
  const none = weft('sweep', 'houses.csv', '--report');
  assert.match(
    none.stderr,
    /^weft: houses\.csv: this is not the folder of a sweep, there is no sweep\.json in it\n$/,
  );
});

test.run();
