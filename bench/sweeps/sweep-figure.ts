import { parametersOf, type ReportedTrial } from '../../src/report/sweep/contents.ts';
import { parallelCoordinates, parallelSize } from '../../src/report/sweep/parallel-coordinates.ts';
import { svgFigure } from '../../src/report/svg/figure.ts';
import { paperTheme } from '../../src/report/svg/theme.ts';
import type { Conditions } from '../measure/machine.ts';

/** The trials of examples/sweep.json, as they were on the project's machine. */
export interface RecordedSweep extends Conditions {
  /** Of the whole process. */
  readonly seconds: number;
  readonly metric: string;
  readonly trials: readonly ReportedTrial[];
}

/** Parallel coordinates of a recorded sweep. */
export function sweepFigure({ metric, trials }: RecordedSweep): string {
  const scored = trials.filter(({ score }) => score !== null);
  const best = scored[0]!;
  const size = parallelSize(parametersOf(scored).length + 1);
  const background = `<rect width="${size.width}" height="${size.height}" fill="${paperTheme.background}"/>`;
  return `${svgFigure({
    id: 'sweep',
    title: 'A sweep in parallel coordinates',
    description: `A line for each of ${scored.length} trials. The best has a validation ${metric} of ${best.score!.toFixed(4)}.`,
    ...size,
    body: `${background}\n${parallelCoordinates(scored, `validation ${metric}`, paperTheme)}`,
  })}\n`;
}
