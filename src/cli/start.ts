import { hideBin } from 'yargs/helpers';
import { weft } from './commands/commands.ts';
import { nameStandardInput } from './framework/standard-input.ts';
import { runCommands } from './framework/run-commands.ts';

/** Runs the command line that this process was started with. */
export async function start(): Promise<void> {
  await runCommands(weft, nameStandardInput(hideBin(process.argv)));
}
