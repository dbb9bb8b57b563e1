import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { temporaryFolder } from '../helpers/idx-file.ts';
import type { Figures, FuzzOptions, FuzzPart } from './figures.ts';
import { readerCases } from './readers/cases.ts';
import type { ReaderOutcome } from './readers/process.ts';

const program = join(import.meta.dirname, 'readers/process.ts');
/** A reader that takes longer for one input hangs. */
const patienceSeconds = 60;

/** Tries files that are nearly good with each reader; the readers share the time, one after the other. */
export const fuzzReaders: FuzzPart = async ({
  seconds,
  seed,
  inputs,
}: FuzzOptions): Promise<readonly Figures[]> => {
  const figures: Figures[] = [];
  for (const { name } of readerCases) {
    figures.push(await fuzzReader(name, { seconds: seconds / readerCases.length, seed, inputs }));
  }
  return figures;
};

/** Tries one reader, by its name in `readerCases`. Every error must be one short line without internal words. */
export async function fuzzReader(name: string, { seconds, seed, inputs }: FuzzOptions): Promise<Figures> {
  const folder = temporaryFolder();
  const progress = join(folder.path, 'progress');
  const child = spawn(
    process.execPath,
    [program, name, String(seed), inputs === undefined ? `${seconds}s` : String(inputs), progress],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const watch = killIfStuck(child, progress);
  const [output, errors, [status, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  clearInterval(watch);
  try {
    if (status === 0) return { name: `reader ${name}`, ...(JSON.parse(output) as ReaderOutcome) };
    const input = Number(readFileSync(progress, 'utf8'));
    const end =
      signal === 'SIGKILL' ? 'does not end, or takes all memory' : `ends the process: ${lastLine(errors)}`;
    return {
      name: `reader ${name}`,
      inputs: input + 1,
      refused: 0,
      accepted: 0,
      slowestSeconds: 0,
      mostBytes: null,
      findings: [`reader ${name}, seed ${seed}, input ${input}: ${end}`],
    };
  } finally {
    folder.remove();
  }
}

/** Ends the process once the number of the input that it tries has stayed the same for `patienceSeconds`. */
function killIfStuck(child: ChildProcess, progress: string): NodeJS.Timeout {
  let before: string | null = null;
  return setInterval(() => {
    const input = existsSync(progress) ? readFileSync(progress, 'utf8') : null;
    if (input === before) child.kill('SIGKILL');
    before = input;
  }, 1000 * patienceSeconds);
}

function lastLine(output: string): string {
  return (
    output
      .trim()
      .split('\n')
      .find((line) => line.includes('Error')) ?? 'without a message'
  );
}
