#!/usr/bin/env node
import yargs, { type Argv } from 'yargs';
import { hideBin } from 'yargs/helpers';
import { closest } from '../closest.ts';
import { version } from '../version.ts';
import type { Command } from './command.ts';
import { edaCommand } from './eda-command.ts';
import { evaluateCommand } from './evaluate-command.ts';
import { exportCommand } from './export-command.ts';
import { findLrCommand } from './find-lr-command.ts';
import { kernelCommand } from './kernel.ts';
import { predictCommand } from './predict-command.ts';
import { programCommand } from './program.ts';
import { reportCommand } from './report-command.ts';
import { nameStandardInput } from './standard-input.ts';
import { summaryCommand } from './summary-command.ts';
import { trainCommand } from './train-command.ts';
import { UsageError } from './usage-error.ts';

/** What weft can do, in the order of the help page. What a command needs beyond its options it loads when it runs. */
const commands: readonly Command[] = [
  edaCommand,
  trainCommand,
  evaluateCommand,
  predictCommand,
  reportCommand,
  exportCommand,
  summaryCommand,
  findLrCommand,
  programCommand,
  kernelCommand,
];

// `weft … | head` closes the pipe early: not an error
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const commandNames = commands.map(({ name }) => name);
const commandList = `${commandNames.slice(0, -1).join(', ')} or ${commandNames.at(-1)}`;

/** "Unknown argument: epoch" becomes "unknown option --epoch; did you mean --epochs?" */
function explain(message: string, args: readonly string[]): string {
  const command = commands[commandNames.indexOf(args[0] ?? '')];
  if (command !== undefined && message.startsWith('Not enough non-option arguments')) {
    return `expected ${command.usage}; see --help`;
  }
  const unknown = /^Unknown (?:argument|command)s?: ([^,]+)/.exec(message)?.[1];
  if (unknown === undefined)
    return message
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean)
      .join(' ');
  if (command === undefined) return `unknown command ${unknown}; expected ${commandList}`;
  if (args.includes(unknown)) return `unexpected argument ${unknown}; expected ${command.usage}; see --help`;
  const nearest = closest(unknown, command.optionNames);
  return `unknown option --${unknown}; ${nearest === undefined ? 'see --help' : `did you mean --${nearest}?`}`;
}

function parser(args: readonly string[]): Argv {
  const program = yargs(args)
    .scriptName('weft')
    .usage('$0 <command>\n\nA neural-net engine hand-written in TypeScript.');
  for (const command of commands) command.addTo(program);
  return program
    .demandCommand(1, `expected a command: ${commandList}`)
    .strict()
    .version(version)
    .alias('help', 'h')
    .wrap(Math.min(110, process.stdout.columns ?? 110))
    .fail((message, error) => {
      throw error instanceof Error && error.name !== 'YError'
        ? error
        : new UsageError(explain(message, args));
    });
}

try {
  await parser(nameStandardInput(hideBin(process.argv))).parseAsync();
} catch (error) {
  if (process.env['WEFT_DEBUG']) console.error(error);
  console.error(`weft: ${(error as Error).message}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
