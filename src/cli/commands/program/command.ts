import { buildModel } from '../../../model/build-model.ts';
import { adam } from '../../../optim/adam.ts';
import { Tensor } from '../../../tensor/tensor.ts';
import { recordTrainingStep } from '../../../train/training-step.ts';
import { type Command, defineCommand } from '../../framework/command.ts';
import { integer } from '../../framework/numbers.ts';
import { modelLayers, modelOption } from '../../options/model-option.ts';
import type { DataArguments } from '../../options/data-options.ts';
import { shapeOfData, shapeOptions } from '../../options/shape-options.ts';
import { listPhases } from './list-phases.ts';
import { listShares } from './list-shares.ts';

interface ProgramArguments extends DataArguments {
  readonly model: string;
  readonly 'batch-size': number;
  readonly threads: number;
  readonly engine: 'wasm' | 'gpu';
}

/** As many as Fashion-MNIST has; the step is the same for any number. */
const examples = 60_000;

export const programCommand: Command = defineCommand({
  command: 'program',
  describe: 'Print a training step: its operations, and how an engine runs them',
  options: {
    model: modelOption,
    ...shapeOptions,
    engine: {
      choices: ['wasm', 'gpu'] as const,
      default: 'wasm',
      requiresArg: true,
      describe:
        'Whose plan to print: phases of tasks (wasm), or dispatches (gpu, which needs no GPU for this)',
    },
    'batch-size': {
      type: 'string',
      requiresArg: true,
      coerce: integer('batch-size', { from: 1, to: 65_536 }),
      default: 64,
      describe: 'Images in one step',
    },
    threads: {
      type: 'string',
      requiresArg: true,
      coerce: integer('threads', { from: 1, to: 64 }),
      default: 2,
      describe: 'Threads of the wasm engine',
    },
  },
  examples: [
    ['npm run program', 'one training step of the MLP'],
    ['npm run program -- --batch-size 1', 'on a single image'],
    ['npm run program -- --data ~/flowers --image-size 64', 'for your own pictures'],
    ['npm run program -- --engine gpu', 'the dispatches of a step on WebGPU'],
  ],
  run: printProgram,
});

/** Prints a training step as recorded, then how the engine would run it. */
async function printProgram(args: ProgramArguments): Promise<void> {
  const { inputShape, classes } = shapeOfData(args, { silent: false });
  const layers = modelLayers(args.model, { classes, dropout: 0 });
  const model = buildModel(layers, { source: args.model, inputShape, classes });
  const program = recordTrainingStep(
    {
      model,
      examples: {
        x: Tensor.zeros('uint8', [examples, ...inputShape], 'images'),
        y: Tensor.zeros('uint8', [examples], 'labels'),
      },
      optimizer: adam(),
      l2: 0,
    },
    Tensor.zeros('int32', [args['batch-size']], 'indices'),
  );
  console.log(program.toString());
  if (args.engine === 'gpu') {
    const { listDispatches } = await import('../../../engine/gpu/webgpu/listing.ts');
    console.log(await listDispatches(program));
    return;
  }
  console.log(await listPhases(program, args.threads));
  console.log(await listShares(program));
}
