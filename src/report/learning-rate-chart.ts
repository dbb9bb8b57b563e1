import type { LearningRateFinding } from '../train/learning-rate-finder.ts';
import type { LearningRatePoint } from '../train/suggest-learning-rate.ts';
import { svgFigure } from './svg/figure.ts';
import { lineChart, lineChartSize } from './svg/line-chart.ts';
import { paperTheme } from './svg/theme.ts';

/**
 * The points for the chart. Where the loss explodes, points far above the others are left out: they would flatten the
 * rest of the curve. The limit is 1.1 times the first loss or twice the smallest, whichever is larger.
 */
export function shownPoints({ points }: Pick<LearningRateFinding, 'points'>): LearningRatePoint[] {
  const finite = points.filter(({ smoothedLoss }) => Number.isFinite(smoothedLoss));
  const smallest = finite.reduce((least, { smoothedLoss }) => Math.min(least, smoothedLoss), Infinity);
  const highest = Math.max(2 * smallest, 1.1 * (finite[0]?.smoothedLoss ?? 0));
  return finite.filter(({ smoothedLoss }) => smoothedLoss <= highest);
}

/** An SVG file: the smoothed loss against the learning rate, with the suggestion marked. Needs two points or more. */
export function learningRateFigure(finding: LearningRateFinding, title: string): string {
  const points = shownPoints(finding);
  const { suggestion } = finding;
  const marked =
    suggestion === null ? 'no rate is suggested' : `suggested: ${Number(suggestion.toPrecision(2))}`;
  const { width, height } = lineChartSize;
  const chart = lineChart(
    {
      title,
      x: points.map(({ learningRate }) => learningRate),
      logarithmic: true,
      xName: 'learning rate',
      series: [{ name: 'smoothed loss', values: points.map(({ smoothedLoss }) => smoothedLoss) }],
      ...(suggestion === null ? {} : { mark: { x: suggestion, label: marked } }),
    },
    paperTheme,
  );
  return svgFigure({
    id: 'learning-rate',
    title: `Learning-rate range test: ${title}`,
    description: `The smoothed loss of ${points.length} steps while the learning rate rises; ${marked}.`,
    ...lineChartSize,
    body: `<rect width="${width}" height="${height}" fill="${paperTheme.background}"/>\n${chart}`,
  });
}

/** The points as CSV. */
export function learningRateCsv(points: readonly LearningRatePoint[]): string {
  const rows = points.map(({ step, learningRate, loss, smoothedLoss }) =>
    [step, learningRate, loss, smoothedLoss].join(','),
  );
  return `${['step,learning_rate,loss,smoothed_loss', ...rows].join('\n')}\n`;
}
