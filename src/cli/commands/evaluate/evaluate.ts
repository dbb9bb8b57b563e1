import { countParameters } from '../../../model/parameter-count.ts';
import { formatCount } from '../../../model/summary.ts';
import { unitOf } from '../../../run/config.ts';
import type { PartName } from '../../../data/dataset.ts';
import { engineFacts } from '../../../run/engine-facts.ts';
import { evaluateRun } from '../../../run/evaluate-run.ts';
import type { FullEvaluation } from '../../../train/full-evaluation.ts';
import { areOfNumbers, type Measures, measuresOf } from '../../../train/measures.ts';
import type { NumberEvaluation } from '../../../train/number-evaluation.ts';
import { readRun } from '../../../run/saved-run.ts';
import { readPartOfRun } from '../../options/data-options.ts';
import { type EngineArguments, startEngine } from '../../options/engine-options.ts';
import { checkMirrored } from '../../options/tta-option.ts';
import { shortNumber } from '../../../report/format.ts';
import {
  calibrationTable,
  classTableWithMeans,
  confusionTable,
  largestErrorTable,
  mistakeTable,
  numberTable,
} from './evaluation-tables.ts';
import { Output } from '../../framework/output.ts';
import { percent } from '../../framework/percent.ts';
import { startProgress } from '../../framework/progress.ts';
import { UsageError } from '../../framework/usage-error.ts';

interface EvaluateArguments extends EngineArguments {
  readonly run: string;
  readonly data: string | undefined;
  readonly part: PartName;
  readonly tta: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** `weft evaluate`: measures the network of a run on examples with their targets. */
export async function evaluate(args: EvaluateArguments): Promise<void> {
  const output = new Output(args);
  const run = readRun(args.run);
  const unit = unitOf(run.configuration);
  if (args.tta) checkMirrored(run, output);
  const part = readPartOfRun(run, args.part, { path: args.data, silent: args.quiet || args.json });
  const count = part.positions.length;
  if (count === 0) throw new UsageError(`--part ${args.part}: the run ${args.run} has no such ${unit}`);
  const engine = await startEngine(args, output);
  const progress = startProgress({ task: 'evaluating', unit, silent: args.quiet || args.json });
  try {
    output.text(
      `run     ${args.run}: ${run.configuration.model}, ${formatCount(countParameters(run.model))} parameters`,
    );
    output.text(`data    ${part.name}: ${count} ${partWords[args.part]} ${unit}`);
    output.text(`engine  ${engine.name}: ${engine.description} (${engine.reason})`);
    output.text('');
    const result = await evaluateRun(run, part, engine, {
      tta: args.tta,
      onProgress: (done) => progress.update(done, count),
    });
    progress.stop();
    const measures = measuresOf(result, part.examples, part.positions, run.configuration.classNames);
    for (const table of tablesOf(measures, unit)) output.block(`${table}\n`);
    output.result(`${args.part} ${areOfNumbers(measures) ? numberLine(measures) : classLine(measures)}`);
    output.event('evaluation', {
      run: args.run,
      dataset: part.name,
      part: args.part,
      ...(args.tta && { tta: true }),
      engine: engineFacts(engine),
      ...(areOfNumbers(measures) ? measures : withNames(measures)),
    });
  } finally {
    progress.stop();
    await engine.close();
  }
}

function tablesOf(measures: Measures, unit: 'images' | 'rows'): string[] {
  if (areOfNumbers(measures)) return [numberTable(measures), largestErrorTable(measures, unit)];
  const tables = [classTableWithMeans, confusionTable, calibrationTable, mistakeTable];
  return tables.map((table) => table(measures, unit));
}

function classLine({ loss, accuracy, top2Accuracy, calibration }: FullEvaluation): string {
  return (
    `loss ${loss.toFixed(4)}, accuracy ${percent(accuracy)}, top-2 accuracy ${percent(top2Accuracy)}, ` +
    `ECE ${calibration.expectedError.toFixed(4)}`
  );
}

function numberLine({ loss, meanAbsoluteError, r2 }: NumberEvaluation): string {
  return `loss ${shortNumber(loss)}, mean absolute error ${shortNumber(meanAbsoluteError)}, R² ${r2.toFixed(3)}`;
}

/** The mistakes also have the names of the classes. */
function withNames(evaluation: FullEvaluation): object {
  const { classes, mistakes } = evaluation;
  return {
    ...evaluation,
    mistakes: mistakes.map((mistake) => ({
      ...mistake,
      actualClass: classes[mistake.actual]!.name,
      predictedClass: classes[mistake.predicted]!.name,
    })),
  };
}

const partWords: Readonly<Record<PartName, string>> = {
  test: 'test',
  validation: 'validation',
  train: 'training',
};
