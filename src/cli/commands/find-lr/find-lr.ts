import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { splitValidation } from '../../../data/batches.ts';
import { limitTraining } from '../../../data/dataset.ts';
import { readSafetensors } from '../../../model/safetensors-file.ts';
import { writeWeights } from '../../../model/weights.ts';
import { learningRateCsv, learningRateFigure, shownPoints } from '../../../report/learning-rate-chart.ts';
import { terminalChart } from '../../../report/terminal-chart.ts';
import { findLearningRate, type LearningRateFinding } from '../../../train/learning-rate-finder.ts';
import { secondsPerStep } from '../../../train/trial.ts';
import { countProgress } from '../../framework/count-progress.ts';
import { readData } from '../../options/data-options.ts';
import { startEngine } from '../../options/engine-options.ts';
import type { GivenFindLrArguments, RangeArguments } from './command.ts';
import { modelName } from '../../options/model-option.ts';
import { Output } from '../../framework/output.ts';
import { withRecipe } from '../../options/preset.ts';
import { defaultRunPath } from '../../../run/run-folder.ts';
import { createAugmentOptions, createModel, createOptimizer } from '../train/setup.ts';
import { UsageError } from '../../framework/usage-error.ts';

/** `weft find-lr`: the range test on the training images, a chart of it, and the rate to train with. */
export async function findLr({ from, to, steps, ...given }: GivenFindLrArguments): Promise<void> {
  if (to <= from) throw new UsageError(`--to ${to} must be above --from ${from}`);
  const args = withRecipe(given);
  const output = new Output(args);
  const optimizer = createOptimizer(args);
  const dataset = limitTraining(readData(args, { silent: args.quiet || args.json }), args.limit ?? Infinity);
  const { train: positions } = splitValidation(dataset.train.labels.size, args['validation-split']);
  if (positions.length === 0) {
    throw new UsageError('--validation-split leaves no image to train on; lower it or raise --limit');
  }
  const augment = createAugmentOptions(args, dataset);
  const { model } = createModel(args, dataset);
  const { engine, reason } = await startEngine(args, output, (candidate) =>
    secondsPerStep(candidate, createModel(args, dataset).model, dataset.train, args['batch-size']),
  );
  const progress = countProgress('range test', steps, 'steps', args.quiet || args.json);
  const interrupt = new AbortController();
  const onInterrupt = (): void => interrupt.abort();
  process.once('SIGINT', onInterrupt);
  try {
    if (args.init !== undefined) writeWeights(model, engine, readSafetensors(args.init), args.init);
    const folder = args.out ?? `${defaultRunPath(modelName(args.model), new Date())}-find-lr`;
    makeFolder(folder);
    output.text(
      `network  ${args.model}, ${args.optimizer}, batches of ${Math.min(args['batch-size'], positions.length)}`,
    );
    output.text(`engine   ${engine.name}: ${engine.description} (${reason})`);
    const finding = await findLearningRate(model, dataset.train, positions, engine, {
      from,
      to,
      steps,
      batchSize: args['batch-size'],
      optimizer,
      l2: args.l2,
      labelSmoothing: args['label-smoothing'],
      augment,
      seed: args.seed,
      signal: interrupt.signal,
      onStep: ({ step }) => progress.update(step),
    });
    progress.stop();
    await report(finding, { from, to, steps }, `${args.model}, ${args.optimizer}`, folder, output);
    if (finding.end === 'aborted') process.exitCode = 130;
  } finally {
    progress.stop();
    process.off('SIGINT', onInterrupt);
    await engine.close();
  }
}

function makeFolder(path: string): void {
  let found: string[];
  try {
    mkdirSync(path, { recursive: true });
    found = readdirSync(path);
  } catch (error) {
    throw new Error(`cannot write to the folder ${path}: ${(error as Error).message}`, { cause: error });
  }
  if (found.length > 0) {
    throw new UsageError(`--out ${path}: the folder is not empty; choose a new one or empty it`);
  }
}

async function report(
  finding: LearningRateFinding,
  { steps }: RangeArguments,
  title: string,
  folder: string,
  output: Output,
): Promise<void> {
  const { points, end, suggestion } = finding;
  const files = ['learning-rate.csv'];
  writeFileSync(join(folder, 'learning-rate.csv'), learningRateCsv(points));
  const shown = shownPoints(finding);
  if (shown.length > 1) {
    const { renderPng } = await import('../../../report/render-png.ts');
    const svg = learningRateFigure(finding, title);
    writeFileSync(join(folder, 'learning-rate.svg'), `${svg}\n`);
    writeFileSync(join(folder, 'learning-rate.png'), await renderPng(svg));
    files.push('learning-rate.svg', 'learning-rate.png');
    const [x, y] = [shown.map((p) => p.learningRate), shown.map((p) => p.smoothedLoss)];
    output.text(`\nsmoothed loss against the learning rate\n\n${terminalChart({ x, y })}\n`);
  }
  const last = points.at(-1);
  const reached = last === undefined ? 'before the first step' : `at ${last.learningRate.toPrecision(2)}`;
  if (end === 'exploded') output.text(`the loss exploded ${reached}, step ${points.length} of ${steps}`);
  if (end === 'aborted') output.note(`interrupted after ${points.length} of ${steps} steps`);
  const rate = suggestion === null ? null : Number(suggestion.toPrecision(2));
  output.result(
    rate === null
      ? 'the loss fell at no rate: nothing to suggest; try another range with --from and --to, or more --steps'
      : `where the loss falls fastest: npm run train -- --learning-rate ${rate}`,
  );
  output.text(`written to ${folder}: ${files.join(', ')}`);
  output.event('find-lr', { suggestion: rate, end, steps: points.length, folder, points });
}
