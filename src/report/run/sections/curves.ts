import { unitOf } from '../../../run/config.ts';
import { bestEpoch, metricIn } from '../../../train/history.ts';
import { count, percent, shortNumber } from '../../format.ts';
import { details, htmlTable, paragraph, section } from '../../html/parts.ts';
import { pageTheme } from '../../svg/theme.ts';
import type { RunReport } from '../contents.ts';
import { curveFigure } from '../curves.ts';

/** Loss and metric of each epoch, as curves and as numbers. */
export function curvesSection({ run, history }: RunReport): string {
  if (history.length === 0) return section('Curves', paragraph('No epoch was finished: there is no curve.'));
  const best = bestEpoch(history);
  const metric = metricIn(history[0]!);
  const unit = unitOf(run.configuration);
  const [name, measured] =
    metric === 'accuracy'
      ? (['accuracy', percent] as const)
      : (['mean absolute error', shortNumber] as const);
  const optional = (value: number | undefined, write: (value: number) => string): string =>
    value === undefined ? '–' : write(value);
  const loss = (value: number): string => (metric === 'accuracy' ? value.toFixed(4) : shortNumber(value));
  const numbers = htmlTable({
    caption: 'The numbers of the curves',
    head: [
      'epoch',
      'loss',
      name,
      'validation loss',
      `validation ${name}`,
      'learning rate',
      'seconds',
      `${unit} a second`,
    ],
    rows: history.map((row) => [
      `${row.epoch}${row.epoch === best ? ' (best)' : ''}`,
      loss(row.loss),
      measured(row[metric]),
      optional(row.validation?.loss, loss),
      optional(row.validation?.[metric], measured),
      String(Number(row.learningRate.toPrecision(4))),
      row.seconds.toFixed(2),
      count(row.imagesPerSecond),
    ]),
  });
  const words =
    'Training: the mean over an epoch. Each batch is measured before its own step, with dropout, augmentation and ' +
    'penalties if the run has them. Validation is measured after the epoch and without these, so it can look better. ' +
    (best === null ? `The run kept no ${unit} for validation.` : 'Best: the lowest validation loss.');
  return section(
    'Curves',
    [
      '<div class="figures">',
      `<figure>${curveFigure('loss', history, pageTheme)}</figure>`,
      `<figure>${curveFigure(metric, history, pageTheme)}</figure>`,
      '</div>',
      paragraph(words),
      details('The numbers', numbers),
    ].join('\n'),
  );
}
