/** `npm run bench -- COMMAND`: measurements, and the tables of the documents that are made from them. */
import { hideBin } from 'yargs/helpers';
import { runCommands } from '../src/cli/framework/run-commands.ts';
import { accuracyCommand } from './commands/accuracy.ts';
import { conv2dCommand } from './commands/conv2d.ts';
import { docsCommand } from './commands/docs.ts';
import { gpuCommand } from './commands/gpu.ts';
import { inferenceCommand } from './commands/inference.ts';
import { ladderCommand } from './commands/ladder.ts';
import { matmulCommand } from './commands/matmul.ts';
import { librariesCommand } from './commands/libraries.ts';
import { operationsCommand } from './commands/operations.ts';
import { queueCommand } from './commands/queue.ts';
import { recipesCommand } from './commands/recipes.ts';
import { scalingCommand } from './commands/scaling.ts';
import { smallCommand } from './commands/small.ts';
import { sweepCommand } from './commands/sweep.ts';
import { stepCommand } from './commands/step.ts';
import { tourCommand } from './commands/tour.ts';

await runCommands(
  {
    name: 'bench',
    scriptName: 'npm run bench --',
    description: 'Measures weft on this machine, and other libraries beside it.',
    defaultCommand: tourCommand,
    commands: [
      tourCommand,
      ladderCommand,
      matmulCommand,
      conv2dCommand,
      operationsCommand,
      stepCommand,
      scalingCommand,
      inferenceCommand,
      gpuCommand,
      librariesCommand,
      smallCommand,
      accuracyCommand,
      recipesCommand,
      sweepCommand,
      queueCommand,
      docsCommand,
    ],
  },
  hideBin(process.argv),
);
