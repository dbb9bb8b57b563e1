#!/usr/bin/env node
import { distance } from 'fastest-levenshtein';
import yargs, { type Argv } from 'yargs';
import { hideBin } from 'yargs/helpers';
import { version } from '../version.ts';
import { defineTrainOptions, trainOptions } from './train-options.ts';
import { UsageError } from './usage-error.ts';

// `weft … | head` closes the pipe early: not an error
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

/** "Unknown argument: epoch" becomes "unknown option --epoch; did you mean --epochs?" */
function explain(message: string): string {
  const unknown = /^Unknown (?:argument|command)s?: ([^,]+)/.exec(message)?.[1];
  if (unknown === undefined)
    return message
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean)
      .join(' ');
  const options = Object.keys(trainOptions);
  const nearest = options.toSorted((a, b) => distance(a, unknown) - distance(b, unknown))[0]!;
  const hint = distance(nearest, unknown) <= 3 ? `did you mean --${nearest}?` : 'see --help';
  return `unknown option --${unknown}; ${hint}`;
}

function parser(args: readonly string[]): Argv {
  return yargs(args)
    .scriptName('weft')
    .usage('$0 <command>\n\nA neural-net engine hand-written in TypeScript.')
    .parserConfiguration({ 'duplicate-arguments-array': false, 'camel-case-expansion': true })
    .command(
      'train',
      'Train a network and leave weights, history and metrics in a folder',
      (command) => defineTrainOptions(command.usage('$0 train [options]\n\nTrains a network.')),
      async (args) => {
        const { train } = await import('./train.ts');
        await train(args);
      },
    )
    .demandCommand(1, 'expected a command: train')
    .strict()
    .version(version)
    .alias('help', 'h')
    .wrap(Math.min(110, process.stdout.columns ?? 110))
    .fail((message, error) => {
      throw error instanceof Error && error.name !== 'YError' ? error : new UsageError(explain(message));
    });
}

try {
  await parser(hideBin(process.argv)).parseAsync();
} catch (error) {
  if (process.env['WEFT_DEBUG']) console.error(error);
  console.error(`weft: ${(error as Error).message}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
