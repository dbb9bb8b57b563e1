import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
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
export const fuzzReaders: FuzzPart = async ({ seconds, seed }: FuzzOptions): Promise<readonly Figures[]> => {
  const figures: Figures[] = [];
  for (const { name } of readerCases) {
    figures.push(await fuzzReader(name, { seconds: seconds / readerCases.length, seed }));
  }
  return figures;
};

/** Tries one reader, by its name in `readerCases`. Every error must be one short line without internal words. */
export async function fuzzReader(name: string, { seconds, seed }: FuzzOptions): Promise<Figures> {
  const folder = temporaryFolder();
  const progress = join(folder.path, 'progress');
  const child = spawn(process.execPath, [program, name, String(seed), String(seconds), progress], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), 1000 * (seconds + patienceSeconds));
  const [output, errors, [status, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  clearTimeout(timer);
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

function lastLine(output: string): string {
  return (
    output
      .trim()
      .split('\n')
      .find((line) => line.includes('Error')) ?? 'without a message'
  );
}
