import type { FullEvaluation } from '../../../train/full-evaluation.ts';
import { count, percent } from '../../format.ts';
import { details, figure, htmlTable, paragraph, section } from '../../html/parts.ts';
import { svgFigure } from '../../svg/figure.ts';
import { reliabilityDiagram, reliabilitySize } from '../../svg/reliability-diagram.ts';
import { pageTheme } from '../../svg/theme.ts';

/** Whether the network's probabilities can be trusted: a reliability diagram, and its numbers. */
export function calibrationSection(
  { calibration: { bins, confidence, expectedError }, accuracy }: FullEvaluation,
  unit: 'images' | 'rows',
): string {
  const words = `The network gives its predictions a probability of ${percent(confidence)} on average, and ${percent(accuracy)} of them are right.`;
  const svg = svgFigure({
    id: 'reliability',
    title: 'Reliability diagram',
    description: `${words} Expected calibration error ${expectedError.toFixed(4)}. The numbers are in the table that follows.`,
    ...reliabilitySize,
    body: reliabilityDiagram(bins, pageTheme),
  });
  const rows = bins
    .filter((bin) => bin.count > 0)
    .map((bin) => [
      `${percent(bin.from)} – ${percent(bin.to)}`,
      percent(bin.confidence),
      percent(bin.accuracy),
      count(bin.count),
    ]);
  return section(
    'Calibration',
    [
      paragraph(`${words} Expected calibration error: ${expectedError.toFixed(4)}.`),
      figure(
        svg,
        'A bar below the dashed line means that the network is too sure. The rings mark the mean probability of each bin.',
      ),
      details(
        'The numbers',
        htmlTable({
          caption: 'Predictions by their probability',
          head: ['probability', 'mean', 'right', unit],
          rows,
        }),
      ),
    ].join('\n'),
  );
}
