import type { Command } from '../framework/command.ts';
import type { CommandProgram } from '../framework/run-commands.ts';
import { edaCommand } from './eda/command.ts';
import { evaluateCommand } from './evaluate/command.ts';
import { exportCommand } from './export/command.ts';
import { findLrCommand } from './find-lr/command.ts';
import { kernelCommand } from './kernel/command.ts';
import { predictCommand } from './predict/command.ts';
import { programCommand } from './program/command.ts';
import { reportCommand } from './report/command.ts';
import { summaryCommand } from './summary.ts';
import { sweepCommand } from './sweep/command.ts';
import { trainCommand } from './train/command.ts';
import { workerCommand } from './worker/command.ts';

/** The commands, in the order of the help page. A command loads the rest of its code when it runs. */
const commands: readonly Command[] = [
  edaCommand,
  trainCommand,
  sweepCommand,
  workerCommand,
  evaluateCommand,
  predictCommand,
  reportCommand,
  exportCommand,
  summaryCommand,
  findLrCommand,
  programCommand,
  kernelCommand,
];

export const weft: CommandProgram = {
  name: 'weft',
  scriptName: 'weft',
  description: 'A neural-net engine hand-written in TypeScript.',
  commands,
};
