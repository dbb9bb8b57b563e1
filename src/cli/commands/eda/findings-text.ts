import type { PixelStatistics } from '../../../data/statistics.ts';
import type { EdaFindings, PartFindings } from '../../../report/eda/findings.ts';
import { duplicateKinds, oneHotText, summary } from '../../../report/eda/page.ts';
import { formatShape } from '../../../tensor/shape.ts';
import { percent } from '../../framework/percent.ts';
import { visible } from '../../../visible.ts';
import { terminalColumns } from '../../framework/terminal-columns.ts';
import { textTable } from '../../../text-table.ts';

/** The findings as text: lines and tables. */
export function describeFindings(findings: EdaFindings): string[] {
  const { name, remarks, train, test, classNames, oneHot, duplicates } = findings;
  const parts = textTable({
    head: ['', 'images', 'labels', 'type', 'mean', 's.d.', 'min', 'max', 'zeros'],
    rows: [...partRows('train', train), ...partRows('test', test)],
    textColumns: [0, 1, 2, 3],
    columns: terminalColumns(),
  });
  const classes = textTable({
    head: ['label', 'class', 'train', 'test'],
    rows: classNames.map((name, label) => [label, name, train.classCounts[label]!, test.classCounts[label]!]),
    textColumns: [0, 1],
    columns: terminalColumns(),
  });
  const { mean, standardDeviation } = train.pixels;
  return [
    `${visible(name)}: ${summary(findings)}`,
    ...remarks.map(visible),
    '',
    parts,
    `training pixels on the scale from 0 to 1: mean ${(mean / 255).toFixed(4)}, s.d. ${(standardDeviation / 255).toFixed(4)}`,
    '',
    classes,
    '',
    `the first training label is ${oneHot.label} (${visible(classNames[oneHot.label]!)}); one-hot encoded: ${oneHotText(oneHot)}`,
    '',
    ...duplicateKinds.map(([kind, words]) => {
      const { count, differentLabels } = duplicates[kind];
      return `${words}: ${count}${count > 0 ? `, ${differentLabels} of them with another label` : ''}`;
    }),
    '',
  ];
}

const colours = ['red', 'green', 'blue'];

/** A row for all pixels of a part of the data, and for colour images one for each channel. */
function partRows(name: string, { images, labels, type, pixels, channels }: PartFindings): string[][] {
  return [
    [name, formatShape(images), formatShape(labels), type, ...statisticsCells(pixels)],
    ...channels.map((channel, c) => [`  ${colours[c]!}`, '', '', '', ...statisticsCells(channel)]),
  ];
}

function statisticsCells({
  mean,
  standardDeviation,
  minimum,
  maximum,
  zeroShare,
}: PixelStatistics): string[] {
  return [
    mean.toFixed(2),
    standardDeviation.toFixed(2),
    String(minimum),
    String(maximum),
    percent(zeroShare),
  ];
}
