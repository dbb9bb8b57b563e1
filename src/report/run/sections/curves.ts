import { bestEpoch } from '../../../train/history.ts';
import { count, percent } from '../../format.ts';
import { details, htmlTable, paragraph, section } from '../../html/parts.ts';
import { pageTheme } from '../../svg/theme.ts';
import type { RunReport } from '../contents.ts';
import { curveFigure } from '../curves.ts';

/** Loss and accuracy of each epoch, as curves and as numbers. */
export function curvesSection({ history }: RunReport): string {
  if (history.length === 0) return section('Curves', paragraph('No epoch was finished: there is no curve.'));
  const best = bestEpoch(history);
  const optional = (value: number | undefined, write: (value: number) => string): string =>
    value === undefined ? '–' : write(value);
  const loss = (value: number): string => value.toFixed(4);
  const numbers = htmlTable({
    caption: 'The numbers of the curves',
    head: [
      'epoch',
      'loss',
      'accuracy',
      'validation loss',
      'validation accuracy',
      'learning rate',
      'seconds',
      'images a second',
    ],
    rows: history.map((row) => [
      `${row.epoch}${row.epoch === best ? ' (best)' : ''}`,
      loss(row.loss),
      percent(row.accuracy),
      optional(row.validation?.loss, loss),
      optional(row.validation?.accuracy, percent),
      String(Number(row.learningRate.toPrecision(4))),
      row.seconds.toFixed(2),
      count(row.imagesPerSecond),
    ]),
  });
  const words =
    'Training: the mean over an epoch. Each batch is measured before its own step, with dropout, augmentation and ' +
    'penalties if the run has them. Validation is measured after the epoch and without these, so it can look better. ' +
    (best === null ? 'The run kept no images for validation.' : 'Best: the lowest validation loss.');
  return section(
    'Curves',
    [
      '<div class="figures">',
      `<figure>${curveFigure('loss', history, pageTheme)}</figure>`,
      `<figure>${curveFigure('accuracy', history, pageTheme)}</figure>`,
      '</div>',
      paragraph(words),
      details('The numbers', numbers),
    ].join('\n'),
  );
}
