import { writeAllAtomically } from '../../atomic-write.ts';
import { areImages } from '../../data/examples.ts';
import type { Part } from '../../run/dataset.ts';
import { readHistory } from '../../run/history.ts';
import { readTestEvaluation } from '../../run/metrics.ts';
import type { SavedRun } from '../../run/saved-run.ts';
import type { Evaluation } from '../../train/evaluator.ts';
import { type Labelled, predictionsOf } from '../../train/full-evaluation.ts';
import { haveNumbers, measuresOf } from '../../train/measures.ts';
import { numberPredictions } from '../../train/number-evaluation.ts';
import { renderPng } from '../pictures/render-png.ts';
import { curvesFile } from './curves.ts';
import { reportTitle, type RunReport, type TestPredictions } from './contents.ts';
import { runReportPage } from './page.ts';

export const reportFile = 'report.html';

/** The test examples of a run and their evaluation; or a sentence that says why they are missing. */
export type TestResult = { readonly part: Part; readonly evaluation: Evaluation } | string;

/**
 * Writes `report.html` into the folder of a run, and after the first epoch also `curves.svg` and `curves.png`. If the test
 * examples are missing, the page says so and takes the evaluation from `metrics.json`.
 *
 * @returns the names of the files
 */
export async function writeReport(run: SavedRun, result: TestResult): Promise<string[]> {
  const history = readHistory(run.path);
  const files = new Map<string, string | Uint8Array>();
  files.set(reportFile, runReportPage({ run, history, ...testOf(run, result) }));
  if (history.length > 0) {
    const svg = curvesFile(history, reportTitle(run));
    files.set('curves.svg', svg).set('curves.png', await renderPng(svg));
  }
  await writeAllAtomically(run.path, files);
  return [...files.keys()];
}

function testOf(run: SavedRun, result: TestResult): Pick<RunReport, 'test' | 'predictions'> {
  if (typeof result === 'string') return { test: readTestEvaluation(run.path), predictions: result };
  const { part, evaluation } = result;
  return {
    test: measuresOf(evaluation, part.examples, part.positions, run.configuration.classNames),
    predictions: predictionsFor(part, evaluation),
  };
}

function predictionsFor({ examples, positions }: Part, evaluation: Evaluation): TestPredictions {
  if (haveNumbers(examples)) {
    return { of: 'numbers', predictions: numberPredictions(evaluation, examples, positions) };
  }
  if (!areImages(examples)) {
    return { of: 'rows', predictions: predictionsOf(evaluation, examples as Labelled, positions) };
  }
  return { of: 'images', images: examples, predictions: predictionsOf(evaluation, examples, positions) };
}
