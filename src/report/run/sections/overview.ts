import { countParameters } from '../../../model/parameter-count.ts';
import { count, percent } from '../../format.ts';
import { htmlTable, paragraph } from '../../html/parts.ts';
import type { RunReport } from '../contents.ts';

/** The most important numbers of a run; if the test images are missing, also why. */
export function overview({ run, history, test, images }: RunReport): string {
  const seconds = history.reduce((sum, epoch) => sum + epoch.seconds, 0);
  const rows = [
    ...(test === null
      ? []
      : [
          ['test accuracy', percent(test.accuracy)],
          ['test top-2 accuracy', percent(test.top2Accuracy)],
          ['test loss', test.loss.toFixed(4)],
          ['test ECE', test.calibration.expectedError.toFixed(4)],
          ['test images', count(test.examples)],
        ]),
    ['parameters', count(countParameters(run.model))],
    ['epochs', `${history.length} of ${JSON.stringify(run.configuration['epochs'] ?? history.length)}`],
    ['training time', history.length === 0 ? '–' : `${seconds.toFixed(2)} s`],
    [
      'images a second',
      history.length === 0
        ? '–'
        : count(history.reduce((sum, row) => sum + row.imagesPerSecond * row.seconds, 0) / seconds),
    ],
  ];
  return [
    htmlTable({ caption: 'Summary of the run', head: ['measure', 'value'], rows }),
    ...(typeof images === 'string' ? [paragraph(images)] : []),
  ].join('\n');
}
