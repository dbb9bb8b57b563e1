import { weft } from '../../src/cli/commands/commands.ts';
import { type CommandProgram, runCommands } from '../../src/cli/framework/run-commands.ts';
import { nameStandardInput } from '../../src/cli/framework/standard-input.ts';

export interface WordsOutcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command line in this process, which is much faster than a process for each. What goes to the console is
 * collected; what is written to the streams directly is not.
 */
export async function runWords(
  words: readonly string[],
  program: CommandProgram = weft,
): Promise<WordsOutcome> {
  const before = { log: console.log, error: console.error, exitCode: process.exitCode };
  const listeners = process.stdout.listeners('error');
  const lines = { stdout: '', stderr: '' };
  console.log = (line: unknown) => void (lines.stdout += `${String(line)}\n`);
  console.error = (line: unknown) => void (lines.stderr += `${String(line)}\n`);
  process.exitCode = 0;
  try {
    await runCommands(program, nameStandardInput(words));
    return { ...lines, status: process.exitCode };
  } finally {
    console.log = before.log;
    console.error = before.error;
    process.exitCode = before.exitCode;
    // each call of runCommands adds its own
    for (const listener of process.stdout.listeners('error')) {
      if (!listeners.includes(listener)) process.stdout.off('error', listener);
    }
  }
}
