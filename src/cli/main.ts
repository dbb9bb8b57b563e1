#!/usr/bin/env node
import { hideBin } from 'yargs/helpers';
import { weft } from './commands/commands.ts';
import { nameStandardInput } from './framework/standard-input.ts';
import { runCommands } from './framework/run-commands.ts';

await runCommands(weft, nameStandardInput(hideBin(process.argv)));
