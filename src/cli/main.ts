#!/usr/bin/env node
import yargs, { type Argv } from 'yargs';
import { hideBin } from 'yargs/helpers';
import { closest } from '../closest.ts';
import { version } from '../version.ts';
import { defineKernelOptions, printKernel } from './kernel.ts';
import { withRecipe } from './preset.ts';
import { defineProgramOptions, printProgram } from './program.ts';
import { defineTrainOptions, trainOptions } from './train-options.ts';
import { UsageError } from './usage-error.ts';

// `weft … | head` closes the pipe early: not an error
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const commandList = 'train, program or kernel';

/** "Unknown argument: epoch" becomes "unknown option --epoch; did you mean --epochs?" */
function explain(message: string, args: readonly string[]): string {
  const unknown = /^Unknown (?:argument|command)s?: ([^,]+)/.exec(message)?.[1];
  if (unknown === undefined)
    return message
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean)
      .join(' ');
  if (unknown === args[0]) return `unknown command ${unknown}; expected ${commandList}`;
  const nearest = closest(unknown, Object.keys(trainOptions));
  return `unknown option --${unknown}; ${nearest === undefined ? 'see --help' : `did you mean --${nearest}?`}`;
}

function parser(args: readonly string[]): Argv {
  return yargs(args)
    .scriptName('weft')
    .usage('$0 <command>\n\nA neural-net engine hand-written in TypeScript.')
    .command(
      'train',
      'Train a network and leave weights, history and metrics in a folder',
      (command) => defineTrainOptions(command.usage('$0 train [options]\n\nTrains a network.')),
      async (args) => {
        const { train } = await import('./train.ts');
        await train(withRecipe(args));
      },
    )
    .command(
      'kernel <name> [sizes..]',
      'Print the WebAssembly that is generated for an operation',
      (command) => defineKernelOptions(command),
      (args) => printKernel(args),
    )
    .command(
      'program',
      'Print a training step: its operations, and how the wasm engine runs them',
      (command) => defineProgramOptions(command),
      (args) => printProgram(args),
    )
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
  await parser(hideBin(process.argv)).parseAsync();
} catch (error) {
  if (process.env['WEFT_DEBUG']) console.error(error);
  console.error(`weft: ${(error as Error).message}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
