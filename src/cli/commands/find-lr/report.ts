import { learningRateCsv, learningRateFigure, shownPoints } from '../../../report/learning-rate-chart.ts';
import { terminalChart } from '../../../report/terminal/chart.ts';
import type { RunFolder } from '../../../run/folder.ts';
import type { LearningRateFinding } from '../../../train/learning-rate-finder.ts';
import { commandLine } from '../../framework/command-line.ts';
import type { Output } from '../../framework/output.ts';

interface FindingReport {
  /** How many steps the test was to have. */
  readonly steps: number;
  readonly title: string;
  readonly folder: RunFolder;
  readonly output: Output;
}

/** Writes the points and a chart of a range test, and prints the suggestion. */
export async function reportFinding(
  finding: LearningRateFinding,
  { steps, title, folder, output }: FindingReport,
): Promise<void> {
  const { points, end, suggestion } = finding;
  const files = new Map<string, string | Uint8Array>([['learning-rate.csv', learningRateCsv(points)]]);
  const shown = shownPoints(finding);
  if (shown.length > 1) {
    const { renderPng } = await import('../../../report/pictures/render-png.ts');
    const svg = learningRateFigure(finding, title);
    files.set('learning-rate.svg', `${svg}\n`).set('learning-rate.png', await renderPng(svg));
    const [x, y] = [shown.map((p) => p.learningRate), shown.map((p) => p.smoothedLoss)];
    output.block(`\nsmoothed loss against the learning rate\n\n${terminalChart({ x, y })}\n`);
  }
  for (const [name, content] of files) await folder.write(name, content);
  const last = points.at(-1);
  const reached = last === undefined ? 'before the first step' : `at ${last.learningRate.toPrecision(2)}`;
  if (end === 'exploded') output.text(`the loss exploded ${reached}, step ${points.length} of ${steps}`);
  if (end === 'aborted') output.note(`interrupted after ${points.length} of ${steps} steps`);
  const rate = suggestion === null ? null : Number(suggestion.toPrecision(2));
  output.result(
    rate === null
      ? 'the loss fell at no rate: nothing to suggest; try another range with --from and --to, or more --steps'
      : `where the loss falls fastest: ${commandLine(`npm run train -- --learning-rate ${rate}`)}`,
  );
  output.text(`written to ${folder.path}: ${[...files.keys()].join(', ')}`);
  output.event('find-lr', { suggestion: rate, end, steps: points.length, folder: folder.path, points });
}
