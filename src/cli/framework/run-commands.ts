import yargs, { type Argv } from 'yargs';
import { closest } from '../../closest.ts';
import { version } from '../../version.ts';
import { oneLine } from '../../visible.ts';
import { checkWords } from './check-words.ts';
import type { Command } from './command.ts';
import { goOnWithoutReaders } from './standard-streams.ts';
import { terminalColumns } from './terminal-columns.ts';
import { UsageError } from './usage-error.ts';

export interface CommandProgram {
  /** The lines of errors begin with it. */
  readonly name: string;
  /** How people start the program. */
  readonly scriptName: string;
  readonly description: string;
  /** In the order of the help page. */
  readonly commands: readonly Command[];
  /** Runs if the command line names no command; without it, such a line is an error. */
  readonly defaultCommand?: Command;
}

/**
 * Runs the command that the command line asks for. An error is one line on stderr; the exit status is 2 for a mistake on
 * the command line, 1 for any other failure.
 *
 * @param args the words of the command line
 */
export async function runCommands(program: CommandProgram, args: readonly string[]): Promise<void> {
  goOnWithoutReaders(program.name);
  try {
    const words = withCommand(program, args);
    const command = program.commands.find(({ name }) => name === words[0]);
    if (command !== undefined) checkWords(words.slice(1), command);
    await parser(program, words).parseAsync();
  } catch (error) {
    if (process.env['WEFT_DEBUG']) console.error(error);
    console.error(oneLine(`${program.name}: ${(error as Error).message}`));
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

/** Options of the program, not of a command. */
const programOptions = ['--help', '-h', '--version'];

function withCommand({ defaultCommand }: CommandProgram, args: readonly string[]): readonly string[] {
  const [first = '-'] = args;
  const namesNone = first.startsWith('-') && !programOptions.includes(first);
  return defaultCommand !== undefined && namesNone ? [defaultCommand.name, ...args] : args;
}

function parser({ scriptName, description, commands }: CommandProgram, args: readonly string[]): Argv {
  const program = yargs([...args])
    .parserConfiguration({ 'dot-notation': false })
    .exitProcess(false)
    .scriptName(scriptName)
    .usage(`$0 <command>\n\n${description}`);
  for (const command of commands) command.addTo(program);
  return program
    .demandCommand(1, `expected a command: ${listOf(commands)}`)
    .strict()
    .version(version)
    .alias('help', 'h')
    .wrap(Math.min(110, terminalColumns()))
    .fail((message, error) => {
      throw error instanceof Error && error.name !== 'YError'
        ? error
        : new UsageError(explain(message, args, commands));
    });
}

/** "Unknown argument: epoch" becomes "unknown option --epoch; did you mean --epochs?" */
function explain(message: string, args: readonly string[], commands: readonly Command[]): string {
  const command = commands.find(({ name }) => name === args[0]);
  if (command !== undefined && message.startsWith('Not enough non-option arguments')) {
    return `expected ${command.usage}; see --help`;
  }
  const unknown = /^Unknown (?:argument|command)s?: ([^,]+)/.exec(message)?.[1];
  if (unknown === undefined) return message;
  if (command === undefined) return `unknown command ${unknown}; expected ${listOf(commands)}`;
  if (args.includes(unknown)) return `unexpected argument ${unknown}; expected ${command.usage}; see --help`;
  const nearest = closest(unknown, Object.keys(command.options));
  return `unknown option --${unknown}; ${nearest === undefined ? 'see --help' : `did you mean --${nearest}?`}`;
}

function listOf(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name);
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}
