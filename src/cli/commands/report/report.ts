import { join } from 'node:path';
import { reportFile, type TestResult, writeReport } from '../../../report/run/write.ts';
import { isTableConfiguration, unitOf } from '../../../run/config.ts';
import { evaluateRun } from '../../../run/evaluate-run.ts';
import { readRun, type SavedRun } from '../../../run/saved-run.ts';
import { readPartOfRun } from '../../options/data-options.ts';
import { type EngineArguments, startEngine } from '../../options/engine-options.ts';
import { Output } from '../../framework/output.ts';
import { startProgress } from '../../framework/progress.ts';

interface ReportArguments extends EngineArguments {
  readonly run: string;
  readonly data: string | undefined;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** `weft report`: writes the report of a run, a page and pictures, into its folder. */
export async function report(args: ReportArguments): Promise<void> {
  const output = new Output(args);
  const run = readRun(args.run);
  const files = await writeReport(run, await testResult(run, args, output));
  const page = join(run.path, reportFile);
  if (args.quiet) output.result(page);
  else output.text(`written to ${run.path}: ${files.join(', ')}`);
  output.event('report', { run: run.path, files });
}

async function testResult(run: SavedRun, args: ReportArguments, output: Output): Promise<TestResult> {
  let part;
  try {
    part = readPartOfRun(run, 'test', { path: args.data, silent: args.quiet || args.json });
  } catch (error) {
    if (args.data !== undefined) throw error;
    const { message } = error as Error;
    const [missing, unit] = isTableConfiguration(run.configuration)
      ? ['predictions', 'rows']
      : ['pictures', 'images'];
    output.note(`the report is without ${missing}, since the data cannot be read: ${message}`);
    return `Without ${missing} of the test ${unit}, since they could not be read: ${message}.`;
  }
  const engine = await startEngine(args, output);
  const progress = startProgress({
    task: 'evaluating',
    unit: unitOf(run.configuration),
    silent: args.quiet || args.json,
  });
  try {
    const evaluation = await evaluateRun(run, part, engine, {
      onProgress: (done) => progress.update(done, part.positions.length),
    });
    return { part, evaluation };
  } finally {
    progress.stop();
    await engine.close();
  }
}
