#!/usr/bin/env node
import { hideBin } from 'yargs/helpers';
import type { Command } from './command.ts';
import { edaCommand } from './eda-command.ts';
import { evaluateCommand } from './evaluate-command.ts';
import { exportCommand } from './export-command.ts';
import { findLrCommand } from './find-lr-command.ts';
import { kernelCommand } from './kernel.ts';
import { predictCommand } from './predict-command.ts';
import { programCommand } from './program.ts';
import { reportCommand } from './report-command.ts';
import { runCommands } from './run-commands.ts';
import { nameStandardInput } from './standard-input.ts';
import { summaryCommand } from './summary-command.ts';
import { trainCommand } from './train-command.ts';

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

await runCommands(
  {
    name: 'weft',
    scriptName: 'weft',
    description: 'A neural-net engine hand-written in TypeScript.',
    commands,
  },
  nameStandardInput(hideBin(process.argv)),
);
