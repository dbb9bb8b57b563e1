import { countParameters } from '../../../model/parameter-count.ts';
import { formatCount } from '../../../model/summary.ts';
import { type PartName, partOf } from '../../../run/dataset.ts';
import { engineFacts } from '../../../run/engine-facts.ts';
import { evaluateRun } from '../../../run/evaluate-run.ts';
import { fullEvaluation } from '../../../train/full-evaluation.ts';
import { readRun } from '../../../run/saved-run.ts';
import { readDataOfRun } from '../../options/data-options.ts';
import { type EngineArguments, startEngine } from '../../options/engine-options.ts';
import { calibrationTable, classTableWithMeans, confusionTable, mistakeTable } from './evaluation-tables.ts';
import { Output } from '../../framework/output.ts';
import { percent } from '../../framework/percent.ts';
import { startProgress } from '../../framework/progress.ts';
import { UsageError } from '../../framework/usage-error.ts';

interface EvaluateArguments extends EngineArguments {
  readonly run: string;
  readonly data: string | undefined;
  readonly part: PartName;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** `weft evaluate`: measures the network of a run on labelled images. */
export async function evaluate(args: EvaluateArguments): Promise<void> {
  const output = new Output(args);
  const run = readRun(args.run);
  const dataset = readDataOfRun(run, args.data, { silent: args.quiet || args.json });
  const part = partOf(dataset, args.part, run);
  const count = part.positions.length;
  if (count === 0) throw new UsageError(`--part ${args.part}: the run ${args.run} has no such images`);
  const engine = await startEngine(args, output);
  const progress = startProgress({ task: 'evaluating', unit: 'images', silent: args.quiet || args.json });
  try {
    output.text(
      `run     ${args.run}: ${run.configuration.model}, ${formatCount(countParameters(run.model))} parameters`,
    );
    output.text(`data    ${dataset.name}: ${count} ${partWords[args.part]} images`);
    output.text(`engine  ${engine.name}: ${engine.description} (${engine.reason})`);
    output.text('');
    const result = await evaluateRun(run, part, engine, {
      onProgress: (done) => progress.update(done, count),
    });
    progress.stop();
    const evaluation = fullEvaluation(result, part.examples, part.positions, run.configuration.classNames);
    const tables = [classTableWithMeans, confusionTable, calibrationTable, mistakeTable];
    for (const table of tables) output.block(`${table(evaluation)}\n`);
    const { loss, accuracy, top2Accuracy, calibration } = evaluation;
    output.result(
      `${args.part} loss ${loss.toFixed(4)}, accuracy ${percent(accuracy)}, top-2 accuracy ${percent(top2Accuracy)}, ` +
        `ECE ${calibration.expectedError.toFixed(4)}`,
    );
    output.event('evaluation', {
      run: args.run,
      dataset: dataset.name,
      part: args.part,
      engine: engineFacts(engine),
      ...evaluation,
      mistakes: evaluation.mistakes.map((mistake) => ({
        ...mistake,
        actualClass: evaluation.classes[mistake.actual]!.name,
        predictedClass: evaluation.classes[mistake.predicted]!.name,
      })),
    });
  } finally {
    progress.stop();
    await engine.close();
  }
}

const partWords: Readonly<Record<PartName, string>> = {
  test: 'test',
  validation: 'validation',
  train: 'training',
};
