import { countParameters } from '../../../model/parameter-count.ts';
import { unitOf } from '../../../run/config.ts';
import { areOfNumbers, type Measures } from '../../../train/measures.ts';
import { count, numberRows, percent, shortNumber } from '../../format.ts';
import { htmlTable, paragraph } from '../../html/parts.ts';
import type { RunReport } from '../contents.ts';

/** The most important numbers of a run; if the test examples are missing, also why. */
export function overview({ run, history, test, predictions }: RunReport): string {
  const seconds = history.reduce((sum, epoch) => sum + epoch.seconds, 0);
  const unit = unitOf(run.configuration);
  const rows = [
    ...(test === null ? [] : [...testRows(test), [`test ${unit}`, count(test.examples)]]),
    ['parameters', count(countParameters(run.model))],
    ['epochs', `${history.length} of ${JSON.stringify(run.configuration['epochs'] ?? history.length)}`],
    ['training time', history.length === 0 ? '–' : `${seconds.toFixed(2)} s`],
    [
      `${unit} a second`,
      history.length === 0
        ? '–'
        : count(history.reduce((sum, row) => sum + row.imagesPerSecond * row.seconds, 0) / seconds),
    ],
  ];
  return [
    htmlTable({ caption: 'Summary of the run', head: ['measure', 'value'], rows }),
    ...(typeof predictions === 'string' ? [paragraph(predictions)] : []),
  ].join('\n');
}

function testRows(test: Measures): string[][] {
  if (areOfNumbers(test)) {
    const measures = [...numberRows(test).slice(0, 3), ['loss', shortNumber(test.loss)]];
    return measures.map(([name, value]) => [`test ${name!}`, value!]);
  }
  return [
    ['test accuracy', percent(test.accuracy)],
    ['test top-2 accuracy', percent(test.top2Accuracy)],
    ['test loss', test.loss.toFixed(4)],
    ['test ECE', test.calibration.expectedError.toFixed(4)],
  ];
}
