import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from '../../atomic-write.ts';
import type { Evaluation } from '../../train/evaluator.ts';
import { type FullEvaluation, fullEvaluation, predictionsOf } from '../../train/full-evaluation.ts';
import type { Part } from '../../run/evaluate-run.ts';
import { RunError, type SavedRun } from '../../run/saved-run.ts';
import { curvesFile } from './curves.ts';
import { readHistory } from '../../run/history.ts';
import { renderPng } from '../pictures/render-png.ts';
import { reportTitle, runReportPage } from './page.ts';

/** The test images of a run and what its network makes of them; or why they are missing, in a sentence. */
export type TestResult = { readonly part: Part; readonly evaluation: Evaluation } | string;

/**
 * Writes `report.html`, and the curves of a run that has finished an epoch as `curves.svg` and `curves.png`, into its
 * folder. Where the test images are missing, the page says so, and shows what `metrics.json` knows of them.
 *
 * @returns the names of the files
 */
export async function writeReport(run: SavedRun, result: TestResult): Promise<string[]> {
  const history = readHistory(join(run.path, 'history.csv'));
  const files = new Map<string, string | Buffer>();
  files.set('report.html', runReportPage({ run, history, ...testOf(run, result) }));
  if (history.length > 0) {
    const svg = curvesFile(history, reportTitle(run));
    files.set('curves.svg', svg).set('curves.png', Buffer.from(await renderPng(svg)));
  }
  for (const [name, content] of files) await writeAtomically(join(run.path, name), content);
  return [...files.keys()];
}

function testOf(
  run: SavedRun,
  result: TestResult,
): Pick<Parameters<typeof runReportPage>[0], 'test' | 'images'> {
  if (typeof result === 'string') {
    return { test: readEvaluation(join(run.path, 'metrics.json')), images: result };
  }
  const { part, evaluation } = result;
  const labels = part.examples.labels.values;
  return {
    test: fullEvaluation(evaluation, labels, part.positions, run.configuration.classNames),
    images: { examples: part.examples, predictions: predictionsOf(evaluation, labels, part.positions) },
  };
}

/** JSON has no NaN: it is null there. */
const mayBeNaN: readonly string[] = ['precision', 'recall', 'f1', 'confidence', 'accuracy'];

/** What a run has written down of its test images; null if it did not come so far. */
function readEvaluation(file: string): FullEvaluation | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const { test, confusion } = JSON.parse(text, (key, value: unknown) =>
      value === null && mayBeNaN.includes(key) ? NaN : value,
    ) as { test: FullEvaluation; confusion: FullEvaluation['confusion'] };
    // runs of an earlier version have less
    return 'calibration' in test ? { ...test, confusion } : null;
  } catch (error) {
    throw new RunError(`${file}: cannot be read: ${(error as Error).message.replaceAll(/\s+/g, ' ')}`, {
      cause: error,
    });
  }
}
