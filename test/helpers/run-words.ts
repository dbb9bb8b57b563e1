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
  const restoreListeners = [
    keepListeners(process.stdout, 'error'),
    keepListeners(process.stderr, 'error'),
    keepListeners(process, 'exit'),
  ];
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
    for (const restore of restoreListeners) restore();
  }
}

/** Each call of `runCommands` adds listeners of its own. @returns a function that removes the new ones */
function keepListeners(emitter: NodeJS.EventEmitter, event: string): () => void {
  const before = emitter.listeners(event);
  return () => {
    for (const listener of emitter.listeners(event)) {
      if (!before.includes(listener)) emitter.off(event, listener as () => void);
    }
  };
}
