import type { NumberEvaluation, NumberPrediction } from '../../../train/number-evaluation.ts';
import { numberText, shortNumber } from '../../format.ts';
import { details, figure, htmlTable, paragraph, section } from '../../html/parts.ts';
import { svgFigure } from '../../svg/figure.ts';
import { histogram, histogramSize } from '../../svg/histogram.ts';
import { scatterPlot, scatterSize } from '../../svg/scatter-plot.ts';
import { pageTheme } from '../../svg/theme.ts';

/** More dots cannot be told apart, and make the page large. */
const maxDots = 2000;

/** How far predicted numbers are from their targets: each, and how often which error. */
export function numbersSection(test: NumberEvaluation, predictions: readonly NumberPrediction[]): string {
  const shown = spread(predictions, maxDots);
  const errors = predictions.map(({ actual, predicted }) => predicted - actual);
  const words =
    `Mean absolute error ${shortNumber(test.meanAbsoluteError)}; half of the errors are at most ` +
    `${shortNumber(test.medianError)}, nine of ten at most ${shortNumber(test.ninetiethPercentError)}.`;
  const scatter = svgFigure({
    id: 'scatter',
    title: 'Predictions against targets',
    description: `${words} R² ${test.r2.toFixed(3)}.`,
    ...scatterSize,
    body: scatterPlot(
      shown.map(({ actual, predicted }) => [actual, predicted]),
      pageTheme,
    ),
  });
  const bars = svgFigure({
    id: 'errors',
    title: 'Histogram of the errors',
    description: words,
    ...histogramSize,
    body: histogram(errors, 'predicted − target', pageTheme),
  });
  const which = shown.length === predictions.length ? 'Each test row' : `${shown.length} of the test rows`;
  return section(
    'Predictions',
    [
      paragraph(words),
      '<div class="figures">',
      figure(scatter, `${which}. On the dashed line, the prediction is right.`),
      figure(bars, 'How many test rows have which error. Right of 0, the prediction is too high.'),
      '</div>',
      details('The largest errors', largestErrors(test)),
    ].join('\n'),
  );
}

function largestErrors({ largestErrors: errors }: NumberEvaluation): string {
  return htmlTable({
    caption: 'Test rows whose prediction is furthest from the target',
    head: ['line', 'target', 'predicted', 'error'],
    rows: errors.map(({ index, line, actual, predicted }) => [
      String(line ?? index),
      ...[actual, predicted].map(numberText),
      shortNumber(predicted - actual),
    ]),
  });
}

/** At most `limit` of the items, evenly from all of them. */
function spread<Item>(items: readonly Item[], limit: number): Item[] {
  const step = Math.max(1, items.length / limit);
  return Array.from({ length: Math.min(items.length, limit) }, (_, i) => items[Math.floor(i * step)]!);
}
