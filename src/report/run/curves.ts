import type { MetricName } from '../../layers/loss.ts';
import { bestEpoch, type EpochResult, metricIn } from '../../train/history.ts';
import { percent, shortNumber } from '../format.ts';
import { shortFormat } from '../svg/axis.ts';
import { svgFigure } from '../svg/figure.ts';
import { lineChart, lineChartSize, type LineChartOptions } from '../svg/line-chart.ts';
import { paperTheme, type Theme } from '../svg/theme.ts';

type Measure = 'loss' | MetricName;

const titles: Readonly<Record<Measure, string>> = {
  loss: 'Loss',
  accuracy: 'Accuracy',
  meanAbsoluteError: 'Mean absolute error',
};

const formats: Readonly<Record<Measure, Partial<LineChartOptions>>> = {
  loss: {},
  accuracy: { format: '.0%' },
  meanAbsoluteError: {},
};

function chart(measure: Measure, history: readonly EpochResult[], theme: Theme): string {
  const validated = history.every(({ validation }) => validation !== null);
  const best = bestEpoch(history);
  const isOfNumbers = metricIn(history[0]!) === 'meanAbsoluteError';
  const format = shortFormat(history.map((row) => row[measure]));
  return lineChart(
    {
      title: titles[measure],
      x: history.map(({ epoch }) => epoch),
      xName: 'epoch',
      series: [
        { name: 'training', values: history.map((row) => row[measure]) },
        ...(validated
          ? [{ name: 'validation', values: history.map(({ validation }) => validation![measure]) }]
          : []),
      ],
      ...formats[measure],
      ...(isOfNumbers && format !== undefined ? { format } : {}),
      ...(best === null ? {} : { mark: { x: best, label: `best: epoch ${best}` } }),
    },
    theme,
  );
}

/** A description of a curve, in words. */
function describe(measure: Measure, history: readonly EpochResult[]): string {
  const [first, last] = [history[0]!, history.at(-1)!];
  const text = (value: number): string => {
    if (metricIn(first) === 'meanAbsoluteError') return shortNumber(value);
    return measure === 'loss' ? value.toFixed(4) : percent(value);
  };
  const from = `${titles[measure].toLowerCase()} over ${history.length} epoch${history.length === 1 ? '' : 's'}`;
  const training = `training from ${text(first[measure])} to ${text(last[measure])}`;
  if (first.validation === null || last.validation === null) return `${from}: ${training}.`;
  const validation = `validation from ${text(first.validation[measure])} to ${text(last.validation[measure])}`;
  return `${from}: ${training}, ${validation}; lowest validation loss in epoch ${bestEpoch(history)}.`;
}

/** The curve of the loss or the metric over the epochs. Needs one epoch or more. */
export function curveFigure(measure: Measure, history: readonly EpochResult[], theme: Theme): string {
  return svgFigure({
    id: measure,
    title: `Curve of the ${titles[measure].toLowerCase()}`,
    description: describe(measure, history),
    ...lineChartSize,
    body: chart(measure, history, theme),
  });
}

/** An SVG file with both curves, side by side. */
export function curvesFile(history: readonly EpochResult[], title: string): string {
  const { width, height } = lineChartSize;
  const metric = metricIn(history[0]!);
  const [left, top] = [width + 20, 36];
  const size = { width: left + width, height: top + height };
  return svgFigure({
    id: 'curves',
    title: `Curves of ${title}`,
    description: `${describe('loss', history)} ${describe(metric, history)}`,
    ...size,
    body: [
      `<rect width="${size.width}" height="${size.height}" fill="${paperTheme.background}"/>`,
      `<g transform="translate(0 ${top / 2})">${chart('loss', history, paperTheme)}</g>`,
      `<g transform="translate(${left} ${top / 2})">${chart(metric, history, paperTheme)}</g>`,
    ].join('\n'),
  });
}
