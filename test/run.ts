/**
 * Runs the test files, each in a process of its own, and adds up what uvu counted. Fails when a file fails,
 * hangs, runs no test (a forgotten `test.run()`), or leaves a `test.only` behind. The last line is
 * `N passed, N failed`, with `, N skipped` if there are any.
 *
 *     node test/run.ts [part of a path …]
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';

interface Outcome {
  readonly file: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly output: string;
  readonly seconds: number;
}

const root = dirname(import.meta.dirname);
/** Where Node keeps what it has compiled: hundreds of processes load the same files. */
const cache = join(root, 'node_modules/.cache/tests');
const limitSeconds = 600;
const defaultPattern = 'test/**/*.test.ts';

const filters = process.argv.slice(2);
const files = filters.some((filter) => filter.endsWith('.ts'))
  ? filters
  : globSync(defaultPattern, { cwd: root })
      .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
      .toSorted();

function runFile(file: string): Promise<Outcome> {
  const start = performance.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, file)], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_COMPILE_CACHE: cache },
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const timer = setTimeout(() => {
      output += `\nstill running after ${limitSeconds} s: stopped\n`;
      child.kill('SIGKILL');
    }, limitSeconds * 1000);
    child.on('close', (status) => {
      clearTimeout(timer);
      resolve(judge(file, output, status, (performance.now() - start) / 1000));
    });
  });
}

/** Reads uvu's closing block: Total, Passed, Skipped. */
function judge(file: string, output: string, status: number | null, seconds: number): Outcome {
  const count = (label: string): number => {
    const line = stripColours(output).match(new RegExp(`^ {2}${label}: +(\\d+)$`, 'm'));
    return line ? Number(line[1]) : 0;
  };
  const total = count('Total');
  const passed = count('Passed');
  const skipped = count('Skipped');
  if (total + skipped === 0) {
    const reason = status === 0 ? 'ran no test: is `test.run()` missing?' : `ended with status ${status}`;
    return { file, passed: 0, failed: 1, skipped: 0, output: `${output}\n${file}: ${reason}\n`, seconds };
  }
  // a failure outside of a test (an unhandled rejection, a crash at exit) counts as one
  const failed = Math.max(total - passed, status === 0 ? 0 : 1);
  return { file, passed, failed, skipped, output, seconds };
}

function stripColours(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/\u001b\[\d+m/g, '');
}

const outcomes: Outcome[] = [];
const queue = [...files];
async function work(): Promise<void> {
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    const outcome = await runFile(file);
    outcomes.push(outcome);
    const { passed, failed, skipped, seconds } = outcome;
    const counts = `${passed} passed${failed ? `, ${failed} FAILED` : ''}${skipped ? `, ${skipped} skipped` : ''}`;
    console.log(`${failed ? '✘' : '•'} ${relative('test', file)}  ${counts}  ${seconds.toFixed(1)} s`);
    if (failed || skipped) console.log(outcome.output.trim());
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, work));

const sum = (key: 'passed' | 'failed' | 'skipped'): number =>
  outcomes.reduce((total, outcome) => total + outcome[key], 0);
const failed = sum('failed') + (files.length === 0 ? 1 : 0);
if (files.length === 0) console.log('no test file matches');
const skipped = sum('skipped');
console.log(`\n${sum('passed')} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed === 0 ? 0 : 1;
