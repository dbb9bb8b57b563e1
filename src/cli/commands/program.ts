import { buildModel } from '../../model/build-model.ts';
import { adam } from '../../optim/adam.ts';
import { nameOf } from '../../tensor/operation.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { planProgram } from '../../engine/wasm/plan/plan.ts';
import { recordTrainingStep } from '../../train/training-step.ts';
import { type Command, defineCommand } from '../framework/command.ts';
import { modelLayers, modelOption } from '../options/model-option.ts';
import { integer } from '../framework/numbers.ts';

interface ProgramArguments {
  readonly model: string;
  readonly 'batch-size': number;
  readonly threads: number;
}

const inputShape = [28, 28, 1];
const classes = 10;
const examples = 60_000;

export const programCommand: Command = defineCommand({
  command: 'program',
  describe: 'Print a training step: its operations, and how the wasm engine runs them',
  options: {
    model: modelOption,
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
  ],
  run: printProgram,
});

/** Prints a training step as recorded, then how the wasm engine would run it. */
function printProgram(args: ProgramArguments): void {
  const layers = modelLayers(args.model, { classes, dropout: 0 });
  const model = buildModel(layers, { source: args.model, inputShape, classes });
  const program = recordTrainingStep(
    {
      model,
      examples: {
        images: Tensor.zeros('uint8', [examples, ...inputShape], 'images'),
        labels: Tensor.zeros('uint8', [examples], 'labels'),
      },
      optimizer: adam(),
      l2: 0,
    },
    Tensor.zeros('int32', [args['batch-size']], 'indices'),
  );
  console.log(program.toString());

  const plan = planProgram(program, { fma: true, wide: true }, args.threads);
  console.log(
    `\non the wasm engine: ${plan.phases.length} phases, ${plan.arenaBytes} bytes for intermediate results`,
  );
  for (const [phase, tasks] of plan.phases.entries()) {
    console.log(`\nphase ${phase + 1}: no thread waits for another`);
    for (const { name, items, operations } of tasks) {
      const kinds = operations.map(nameOf).join(' + ') || 'prepare what a later task reads';
      console.log(`  ${name.padEnd(40)} ${String(items).padStart(5)} items   ${kinds}`);
    }
  }
}
