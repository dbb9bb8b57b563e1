#!/usr/bin/env node
import { hideBin } from 'yargs/helpers';
import type { Command } from './framework/command.ts';
import { edaCommand } from './commands/eda/command.ts';
import { evaluateCommand } from './commands/evaluate/command.ts';
import { exportCommand } from './commands/export/command.ts';
import { findLrCommand } from './commands/find-lr/command.ts';
import { kernelCommand } from './commands/kernel/command.ts';
import { predictCommand } from './commands/predict/command.ts';
import { programCommand } from './commands/program/command.ts';
import { reportCommand } from './commands/report/command.ts';
import { runCommands } from './framework/run-commands.ts';
import { nameStandardInput } from './framework/standard-input.ts';
import { summaryCommand } from './commands/summary.ts';
import { trainCommand } from './commands/train/command.ts';

/** The commands, in the order of the help page. A command loads the rest of its code when it runs. */
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

await runCommands(
  {
    name: 'weft',
    scriptName: 'weft',
    description: 'A neural-net engine hand-written in TypeScript.',
    commands,
  },
  nameStandardInput(hideBin(process.argv)),
);
