import { readSafetensors } from '../../../model/safetensors-file.ts';
import { writeWeights } from '../../../model/weights.ts';
import { findLearningRate } from '../../../train/learning-rate-finder.ts';
import { Interrupt, interruptedStatus } from '../../framework/interrupt.ts';
import { Output } from '../../framework/output.ts';
import { startProgress } from '../../framework/progress.ts';
import { UsageError } from '../../framework/usage-error.ts';
import { modelName } from '../../options/model-option.ts';
import { createOutFolder } from '../../options/out-folder.ts';
import { withRecipe } from '../../options/preset.ts';
import {
  createAugmentOptions,
  createLoss,
  createModel,
  createOptimizer,
  readTrainingData,
  startTrainingEngine,
} from '../train/setup.ts';
import type { GivenFindLrArguments } from './options.ts';
import { reportFinding } from './report.ts';

/** `weft find-lr`: the range test on the training images, a chart of it, and the learning rate that it suggests. */
export async function findLr(args: GivenFindLrArguments): Promise<void> {
  const interrupt = new Interrupt('the range test');
  try {
    await run(args, interrupt);
  } finally {
    interrupt.stop();
  }
}

async function run({ from, to, steps, ...given }: GivenFindLrArguments, interrupt: Interrupt): Promise<void> {
  if (to <= from) throw new UsageError(`--to ${to} must be above --from ${from}`);
  const args = withRecipe(given);
  const output = new Output(args);
  const optimizer = createOptimizer(args);
  const { dataset, split } = readTrainingData(args);
  const positions = split.train;
  const loss = createLoss(args, dataset, split);
  const augment = createAugmentOptions(args, dataset);
  const { model, layers } = createModel(args, { dataset, loss });
  const engine = await startTrainingEngine(args, output, {
    dataset,
    loss,
    layers,
    signal: interrupt.signal,
  });
  const progress = startProgress({ task: 'range test', unit: 'steps', silent: args.quiet || args.json });
  try {
    if (args.init !== undefined) writeWeights(model, engine, readSafetensors(args.init), args.init);
    const folder = createOutFolder(args.out, `${modelName(args.model)}-find-lr`);
    try {
      output.text(
        `network  ${args.model}, ${args.optimizer}, batches of ${Math.min(args['batch-size'], positions.length)}`,
      );
      output.text(`engine   ${engine.name}: ${engine.description} (${engine.reason})`);
      interrupt.keepResults();
      const finding = await findLearningRate(model, dataset.train, positions, engine, {
        from,
        to,
        steps,
        batchSize: args['batch-size'],
        optimizer,
        l2: args.l2,
        labelSmoothing: args['label-smoothing'],
        ...(augment && { augment }),
        seed: args.seed,
        signal: interrupt.signal,
        onStep: ({ step }) => progress.update(step, steps),
      });
      progress.stop();
      const title = `${args.model}, ${args.optimizer}`;
      await reportFinding(finding, { steps, title, folder, output });
      if (finding.end === 'aborted') process.exitCode = interruptedStatus;
    } finally {
      folder.close();
    }
  } finally {
    progress.stop();
    await engine.close();
  }
}
