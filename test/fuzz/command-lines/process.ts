/**
 * Tries command lines in a process of its own, so that its memory is known and a line that hangs can be ended:
 *
 *     node test/fuzz/command-lines/process.ts SEED SECONDS FILE [LINE]
 *
 * The number of the line that is being tried is written to FILE before each. The last line of the output is what was
 * found, as JSON. With LINE, only that one is tried, and what it prints is shown.
 */
import { closeSync, cpSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { weft } from '../../../src/cli/commands/commands.ts';
import { temporaryFolder, writeTinyDataset } from '../../helpers/idx-file.ts';
import { writeColourFolder } from '../../helpers/picture-folder.ts';
import { flowers, writeTable } from '../../helpers/tables.ts';
import { runWords, type WordsOutcome } from '../../helpers/run-words.ts';
import type { Figures } from '../figures.ts';
import { Dice, randomLine } from './lines.ts';

/** What a line may take, in seconds of the processor: the machine may be busy with other things. */
const budget = { seconds: 2, training: 20, bytes: 1.5e9 };
const mostFindings = 20;
const trains = new Set(['train', 'find-lr']);

const internal =
  /undefined|\[object|Cannot read propert|is not a function|is not iterable|Maximum call stack|offset is out of|Invalid array length|Invalid typed array|out of memory|\bat .*\.ts:\d|Error: /i;
// eslint-disable-next-line no-control-regex
const control = /[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/;

export type LinesOutcome = Omit<Figures, 'name'>;

/** What is wrong with what a line has done; null if nothing is. */
function faultOf({ status, stdout, stderr }: WordsOutcome): string | null {
  if (![0, 1, 2].includes(status)) return `the status is ${status}`;
  if (control.test(stdout + stderr)) return 'control characters in the output';
  const lines = stderr.split('\n').filter((line) => line !== '');
  if (status !== 0 && lines.length === 0) return `the status is ${status} without a message`;
  const long = lines.find((line) => line.length > 300);
  if (long !== undefined) return `a message of ${long.length} characters: ${long.slice(0, 160)}`;
  const words = lines.find((line) => internal.test(line));
  return words === undefined ? null : `an internal message: ${words}`;
}

/** Data, pictures, a run and files to name, in the current folder. */
async function prepare(): Promise<void> {
  for (const folder of ['data', 'pictures', 'empty']) mkdirSync(folder);
  writeTinyDataset('data', 100, 50);
  writeColourFolder('pictures', 5);
  writeFileSync('net.json', JSON.stringify({ layers: [{ type: 'flatten' }, { type: 'dense', units: 10 }] }));
  let deep: object = { type: 'relu' };
  for (let depth = 0; depth < 500; depth++) deep = { type: 'residual', body: [deep] };
  writeFileSync('deep.json', JSON.stringify({ layers: [deep] }));
  writeFileSync('text.json', 'no JSON');
  writeTable('.', 'table.csv', ...flowers(30));
  writeFileSync('options.json', JSON.stringify({ epochs: 1, limit: 20, data: 'data' }));
  const words = ['train', '--data', 'data', '--model', 'net.json', '--epochs', '1', '--out', 'run'];
  const { status, stderr } = await runWords([...words, '--engine', 'reference', '--quiet']);
  if (status !== 0) throw new Error(`the run could not be made: ${stderr}`);
}

/** Words that keep a line short: small data, the reference engine or one thread. */
function bounded(words: readonly string[], dice: Dice): string[] {
  const [name = ''] = words;
  const missing = (option: string): boolean =>
    !words.some((word) => word === `--${option}` || word.startsWith(`--${option}=`));
  const options = weft.commands.find((command) => command.name === name)?.options ?? {};
  const isOfTable = words.some((word) => /^(--data=)?table\.csv$/.test(word));
  const additions: [string, string][] = [
    ['data', dice.one(['data', 'pictures'])],
    ...(isOfTable
      ? [['target', dice.one(['kind', 'length'])] as [string, string]]
      : [['model', 'net.json'] as [string, string]]),
    ['epochs', '1'],
    ['limit', '20'],
    ['engine', trains.has(name) ? dice.one(['reference', 'reference', 'wasm']) : 'reference'],
  ];
  const applies = (option: string): boolean =>
    Object.hasOwn(options, option) &&
    missing(option) &&
    (trains.has(name) || ['engine', 'model'].includes(option) || name === 'eda') &&
    !(name === 'summary' && words.includes('run')) &&
    (name !== 'program' && name !== 'kernel' ? true : option !== 'engine') &&
    !(option !== 'engine' && !missing('resume')) &&
    !(option === 'model' && !missing('preset'));
  return [
    ...words,
    ...additions.filter(([option]) => applies(option)).map(([option, value]) => `--${option}=${value}`),
  ];
}

async function tryLines(seed: number, seconds: number, progress: number): Promise<LinesOutcome> {
  const findings = new Map<string, string>();
  let [inputs, refused, slowestSeconds, mostBytes] = [0, 0, 0, 0];
  const until = performance.now() + 1000 * seconds;
  do {
    const line = lineOf(seed, inputs);
    writeSync(progress, String(inputs).padEnd(16), 0);
    const report = (what: string): void => {
      const kind = what.replaceAll(/\d+/g, '#').slice(0, 60);
      if (findings.has(kind) || findings.size >= mostFindings) return;
      const shown = line.map((word) => JSON.stringify(word.slice(0, 40))).join(' ');
      findings.set(kind, `seed ${seed}, line ${inputs}, ${shown}: ${what}`);
    };
    const before = process.cpuUsage();
    const outcome = await tryLine(line);
    const { user, system } = process.cpuUsage(before);
    const took = (user + system) / 1e6;
    const fault = faultOf(outcome);
    if (fault !== null) report(fault);
    if (outcome.status !== 0) refused += 1;
    const most = trains.has(line[0]!) ? budget.training : budget.seconds;
    if (took > most) report(`took ${took.toFixed(1)} s of the processor`);
    if (!trains.has(line[0]!)) slowestSeconds = Math.max(slowestSeconds, took);
    const bytes = process.memoryUsage.rss();
    if (bytes > budget.bytes && bytes > mostBytes)
      report(`took the process to ${(bytes / 1e9).toFixed(2)} GB`);
    mostBytes = Math.max(mostBytes, bytes);
    inputs += 1;
  } while (performance.now() < until);
  return {
    inputs,
    refused,
    accepted: inputs - refused,
    slowestSeconds,
    mostBytes,
    findings: [...findings.values()],
  };
}

function lineOf(seed: number, index: number): string[] {
  const dice = new Dice(seed, `line ${index}`);
  return bounded(randomLine(weft.commands, dice), dice);
}

/** Runs a line in a fresh copy of the files, since a line may write over them. */
async function tryLine(line: readonly string[]): Promise<WordsOutcome> {
  const home = process.cwd();
  const copy = join(home, '..', 'copy');
  cpSync(home, copy, { recursive: true });
  process.chdir(copy);
  try {
    return await runWords(line);
  } catch (error) {
    return { status: -1, stdout: '', stderr: `it throws ${String(error)}` };
  } finally {
    process.chdir(home);
    rmSync(copy, { recursive: true, force: true });
  }
}

const [seed, seconds, file, only] = process.argv.slice(2) as [string, string, string, string | undefined];
const folder = temporaryFolder();
const progress = openSync(file, 'w');
try {
  const home = join(folder.path, 'home');
  mkdirSync(home);
  process.chdir(home);
  await prepare();
  if (only === undefined) {
    const outcome = await tryLines(Number(seed), Number(seconds), progress);
    console.log(JSON.stringify(outcome));
  } else {
    const line = lineOf(Number(seed), Number(only));
    console.log(line);
    console.log(await tryLine(line));
  }
} finally {
  closeSync(progress);
  process.chdir('/');
  folder.remove();
}
