import { hideBin } from 'yargs/helpers';
import { weft } from './commands/commands.ts';
import { nameStandardInput } from './framework/standard-input.ts';
import { runCommands } from './framework/run-commands.ts';

/** Runs the command line that this process was started with. */
export async function start(): Promise<void> {
  endWithParent();
  await runCommands(weft, nameStandardInput(hideBin(process.argv)));
}

/** A process that another one drives ends when that one ends, however that comes about: by kill -9, too. */
function endWithParent(): void {
  if (!process.connected) return;
  process.once('disconnect', () => process.exit(1));
  // the channel is no reason to stay when the work is done
  process.channel?.unref();
}
