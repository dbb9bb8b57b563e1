/** How a run of training ends: with a result, by Ctrl-C, or by divergence. The weights are saved in each case. */
import type { ImageDataset } from '../../../data/dataset.ts';
import type { TableDataset } from '../../../data/table/table-dataset.ts';
import type { Engine } from '../../../engine/engine.ts';
import type { Sequential } from '../../../layers/sequential.ts';
import { countParameters } from '../../../model/parameter-count.ts';
import { checkpointFile } from '../../../run/checkpoint.ts';
import { configFile, unitOf } from '../../../run/config.ts';
import { everyExample, type Part } from '../../../run/dataset.ts';
import { engineFacts } from '../../../run/engine-facts.ts';
import { checkPredictions } from '../../../run/evaluate-run.ts';
import type { RunFolder } from '../../../run/folder.ts';
import type { RunLog } from '../../../run/log.ts';
import { metricsFile, type RunMetrics, writeMetrics } from '../../../run/metrics.ts';
import { readRun } from '../../../run/saved-run.ts';
import type { StateSaver } from '../../../run/saved-state.ts';
import { bestFile, describeWeights, type KeptWeights, resultFile } from '../../../run/weights.ts';
import { shortNumber } from '../../../report/format.ts';
import { type Evaluation, Evaluator } from '../../../train/evaluator.ts';
import type { DivergenceError } from '../../../train/divergence.ts';
import { type EpochResult, metricIn } from '../../../train/history.ts';
import type { FullEvaluation } from '../../../train/full-evaluation.ts';
import { areOfNumbers, type Measures, measuresOf } from '../../../train/measures.ts';
import { commandLine } from '../../framework/command-line.ts';
import { interruptedStatus } from '../../framework/interrupt.ts';
import type { Output } from '../../framework/output.ts';
import { startProgress } from '../../framework/progress.ts';
import { percent } from '../../framework/percent.ts';
import type { TrainArguments } from '../../options/train-arguments.ts';
import { classTable, numberTable } from '../evaluate/evaluation-tables.ts';

export interface TrainedRun {
  readonly args: TrainArguments;
  readonly model: Sequential;
  readonly dataset: ImageDataset | TableDataset;
  readonly engine: Engine;
  /** The finished epochs. */
  readonly history: readonly EpochResult[];
  readonly folder: RunFolder;
  readonly log: RunLog;
  readonly saver: StateSaver;
  readonly output: Output;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Saves the weights, then evaluates them on the test images, prints the result and writes the report. */
export async function finish(run: TrainedRun): Promise<void> {
  const { args, model, dataset, engine, history, folder, log, saver, output, signal } = run;
  const earlyStopping = args['early-stopping'] !== undefined;
  const isStopped = args.until !== undefined && args.until < args.epochs && history.length >= args.until;
  const kept = await saver.writeResult({ earlyStopping, finished: !signal.aborted && !isStopped });
  if (kept === null || signal.aborted) return interrupted(run, kept);
  if (isStopped || !args.test) return untested(run);

  const part: Part = everyExample<Part['examples']>(dataset.test);
  const { examples, positions } = part;
  const unit = unitOf(dataset);
  const evaluate = async (tta: boolean): Promise<Evaluation | null> => {
    const evaluator = new Evaluator(model, examples, engine, { l2: args.l2, tta });
    const progress = startProgress({ task: 'evaluating', unit, silent: output.isSilent });
    const onProgress = (done: number): void => progress.update(done, positions.length);
    return await evaluator
      .evaluate(positions, { signal, onProgress })
      .catch((error: unknown) => {
        if (signal.aborted) return null;
        throw error;
      })
      .finally(() => progress.stop());
  };
  const plain = args.tta ? await evaluate(false) : null;
  const evaluation = await evaluate(args.tta);
  if (evaluation === null) return interrupted(run, kept);
  checkPredictions(evaluation, folder.path);
  const test = measuresOf(evaluation, examples, positions, dataset.classNames);
  await writeMetrics(folder, metricsOf(run, kept, test, plain));

  output.block(`\n${areOfNumbers(test) ? numberTable(test) : classTable(test, unit)}\n`);
  if (earlyStopping) output.text(keptLine(kept, history, args));
  output.result(resultLine(test, plain));
  const reportFiles: string[] = [];
  if (args.report) {
    const { writeReport } = await import('../../../report/run/write.ts');
    reportFiles.push(...(await writeReport(readRun(folder.path), { part, evaluation })));
  }
  output.text(writtenLine(folder, log, reportFiles));
  output.event('end', {
    test: areOfNumbers(test)
      ? { loss: test.loss, meanAbsoluteError: test.meanAbsoluteError, r2: test.r2 }
      : { loss: test.loss, accuracy: test.accuracy },
    weights: { epoch: kept.epoch, kept: kept.kept },
    folder: folder.path,
  });
}

function metricsOf(
  { args, model, engine, history }: TrainedRun,
  { epoch, kept }: KeptWeights,
  measures: Measures,
  plain: Evaluation | null,
): RunMetrics {
  const result = history[epoch - 1];
  const { test, confusion } = areOfNumbers(measures) ? { test: measures } : withoutConfusion(measures);
  return {
    model: args.model,
    parameters: countParameters(model),
    engine: engineFacts(engine),
    seed: args.seed,
    epochs: history.length,
    batchSize: args['batch-size'],
    weights: { epoch, kept },
    train: result
      ? ({ loss: result.loss, [metricIn(result)]: result[metricIn(result)] } as RunMetrics['train'])
      : null,
    validation: result?.validation ?? null,
    test,
    ...(plain && { testWithoutTta: { loss: plain.loss, accuracy: plain.accuracy } }),
    ...(confusion && { confusion }),
    epochSeconds: history.map(({ seconds }) => seconds),
  };
}

function withoutConfusion({ confusion, ...test }: FullEvaluation): Pick<RunMetrics, 'test' | 'confusion'> {
  return { test, confusion };
}

/** The result in one line, beside that without mirror images. */
function resultLine(test: Measures, plain: Evaluation | null): string {
  if (!areOfNumbers(test)) {
    const without = plain ? ` with mirror images, ${percent(plain.accuracy)} without` : '';
    return `test loss ${test.loss.toFixed(4)}, test accuracy ${percent(test.accuracy)}${without}`;
  }
  const { loss, meanAbsoluteError, r2 } = test;
  return `test loss ${shortNumber(loss)}, test mean absolute error ${shortNumber(meanAbsoluteError)}, R² ${r2.toFixed(3)}`;
}

/** Which weights early stopping has kept, and whether it has ended the run. */
function keptLine({ epoch }: KeptWeights, history: readonly EpochResult[], args: TrainArguments): string {
  const done = history.length;
  const end =
    done < args.epochs
      ? `stopped after epoch ${done}: none of the last ${args['early-stopping']} was better`
      : `all ${done} epochs were trained`;
  return `kept    epoch ${epoch}, the best by validation loss; ${end}`;
}

/** Says what was saved, and how the run goes on. The test images are left alone. */
function untested({ args, history, folder, log, output }: TrainedRun): void {
  const last = history.at(-1);
  const result = last?.validation ? `, validation loss ${shortNumber(last.validation.loss)}` : '';
  output.result(`${history.length} of ${args.epochs} epochs${result}; not tested`);
  const command =
    history.length < args.epochs ? `train -- --resume ${folder.path}` : `evaluate -- ${folder.path}`;
  output.text(`to go on: ${commandLine(`npm run ${command}`)}`);
  output.text(writtenLine(folder, log));
  output.event('untested', { epochs: history.length, folder: folder.path });
}

/** After Ctrl-C, says what was saved and how to continue. The test images are left to `weft evaluate`. */
function interrupted({ args, history, folder, log, output }: TrainedRun, kept: KeptWeights | null): void {
  process.exitCode = interruptedStatus;
  const done = `interrupted after ${history.length} of ${args.epochs} epochs`;
  if (kept === null) {
    output.note(`${done}: nothing was trained yet`);
    return;
  }
  output.note(`${done}; keeping what was trained: the weights of ${describeWeights(kept)}`);
  output.note(`to go on: ${commandLine(`npm run train -- --resume ${folder.path}`)}`);
  output.text(writtenLine(folder, log));
  output.event('interrupted', { epochs: history.length, folder: folder.path });
}

/** After divergence, saves the weights of before and says so. @returns the error with which the command ends */
export async function divergedError(
  error: DivergenceError,
  { args, folder, saver }: Pick<TrainedRun, 'args' | 'folder' | 'saver'>,
): Promise<Error> {
  const earlyStopping = args['early-stopping'] !== undefined;
  const kept = await saver.writeResult({ earlyStopping, finished: false });
  const saved = kept
    ? `${folder.path} keeps the weights of ${describeWeights(kept)}`
    : 'there are no earlier weights to keep';
  return new Error(`${error.message}; ${saved}`, { cause: error });
}

/** The last line of a run: all files in its folder. */
function writtenLine(folder: RunFolder, log: RunLog, reportFiles: readonly string[] = []): string {
  const files = [resultFile, checkpointFile, bestFile, metricsFile, ...log.files, configFile];
  return `written to ${folder.path}: ${[...folder.existing(files), ...reportFiles].join(', ')}`;
}
