import { join } from 'node:path';
import { type TestResult, writeReport } from '../../../report/run/write.ts';
import { evaluateRun, partOf } from '../../../run/evaluate-run.ts';
import { readRun, readRunDataset, type SavedRun } from '../../../run/saved-run.ts';
import { countProgress } from '../../framework/count-progress.ts';
import { type EngineArguments, startEngine } from '../../options/engine-options.ts';
import { Output } from '../../framework/output.ts';

interface ReportArguments extends EngineArguments {
  readonly run: string;
  readonly data: string | undefined;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** `weft report`: what came out of a run, as a page and pictures in its folder. */
export async function report(args: ReportArguments): Promise<void> {
  const output = new Output(args);
  const run = readRun(args.run);
  const files = await writeReport(run, await testResult(run, args, output));
  const page = join(run.path, 'report.html');
  if (args.quiet) output.result(page);
  else output.text(`written to ${run.path}: ${files.join(', ')}`);
  output.event('report', { run: run.path, files });
}

async function testResult(run: SavedRun, args: ReportArguments, output: Output): Promise<TestResult> {
  let dataset;
  try {
    dataset = readRunDataset(run, args.data);
  } catch (error) {
    if (args.data !== undefined) throw error;
    const { message } = error as Error;
    output.note(`the report is without pictures, since the data cannot be read: ${message}`);
    return `Without pictures of the test images, since they could not be read: ${message}.`;
  }
  const part = partOf(dataset, 'test', run);
  const { engine } = await startEngine(args, output);
  const progress = countProgress('evaluating', part.positions.length, 'images', args.quiet || args.json);
  try {
    const evaluation = await evaluateRun(run, part, engine, {
      onProgress: (done) => progress.update(done),
    });
    return { part, evaluation };
  } finally {
    progress.stop();
    await engine.close();
  }
}
