import { join } from 'node:path';
import { reportFile, type TestResult, writeReport } from '../../../report/run/write.ts';
import { partOf } from '../../../run/dataset.ts';
import { evaluateRun } from '../../../run/evaluate-run.ts';
import { readRun, type SavedRun } from '../../../run/saved-run.ts';
import { readDataOfRun } from '../../options/data-options.ts';
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
  let dataset;
  try {
    dataset = readDataOfRun(run, args.data, { silent: args.quiet || args.json });
  } catch (error) {
    if (args.data !== undefined) throw error;
    const { message } = error as Error;
    output.note(`the report is without pictures, since the data cannot be read: ${message}`);
    return `Without pictures of the test images, since they could not be read: ${message}.`;
  }
  const part = partOf(dataset, 'test', run);
  const engine = await startEngine(args, output);
  const progress = startProgress({ task: 'evaluating', unit: 'images', silent: args.quiet || args.json });
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
