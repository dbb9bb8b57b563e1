import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { temporaryFolder } from '../helpers/idx-file.ts';
import type { LinesOutcome } from './command-lines/process.ts';
import type { Figures, FuzzPart } from './figures.ts';

const program = join(import.meta.dirname, 'command-lines/process.ts');
/** A line that takes longer hangs. */
const patienceSeconds = 60;
const name = 'command lines';

/**
 * Tries random command lines on small data: the status is 0, 1 or 2; a message is one short line in plain words; a line
 * that trains nothing takes 2 seconds at most.
 */
export const fuzzCommandLines: FuzzPart = async ({ seconds, seed }): Promise<Figures> => {
  const folder = temporaryFolder();
  const progress = join(folder.path, 'progress');
  const child = spawn(process.execPath, [program, String(seed), String(seconds), progress], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), 1000 * (seconds + patienceSeconds));
  const [output, errors, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  clearTimeout(timer);
  try {
    if (status === 0) return { name, ...(JSON.parse(output.trim().split('\n').at(-1)!) as LinesOutcome) };
    const input = Number(readFileSync(progress, 'utf8'));
    const end = errors.trim().split('\n').at(-1);
    return {
      name,
      inputs: input + 1,
      refused: 0,
      accepted: 0,
      slowestSeconds: 0,
      mostBytes: null,
      findings: [`seed ${seed}, line ${input}: it ends or blocks the process: ${end}`],
    };
  } finally {
    folder.remove();
  }
};
