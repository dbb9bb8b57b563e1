import type { PartName } from '../../../data/dataset.ts';
import type { FullEvaluation } from '../../../train/full-evaluation.ts';
import { count, shares } from '../../format.ts';
import { details, figure, htmlTable, section } from '../../html/parts.ts';
import { svgFigure } from '../../svg/figure.ts';
import { heatMap, maxNamed } from '../../svg/heat-map.ts';
import { pageTheme } from '../../svg/theme.ts';

/** @param part which examples were evaluated, for the caption */
export function classesSection(
  test: FullEvaluation,
  unit: 'images' | 'rows',
  part: PartName = 'test',
): string {
  const names = test.classes.map(({ name }) => name);
  const isDense = names.length > maxNamed;
  const table = htmlTable({
    caption: `Each class of the ${part} ${unit}`,
    head: ['class', 'precision', 'recall', 'F1', unit],
    rows: [
      ...test.classes.map((report, index) => [
        // the axes of a large matrix show numbers instead of names
        isDense ? `${index} ${report.name}` : report.name,
        ...shares(report),
        count(report.support),
      ]),
      ['macro mean', ...shares(test.macro), count(test.examples)],
      ['weighted mean', ...shares(test.weighted), count(test.examples)],
    ],
  });
  const pairs = test.confusions.map(({ actual, predicted, count: times }) => ({
    row: [names[actual]!, names[predicted]!, count(times)],
    words: `${names[actual]!} taken for ${names[predicted]!}: ${times}`,
  }));
  const map = heatMap(test.confusion, names, 'true class', 'predicted class', pageTheme);
  const svg = svgFigure({
    id: 'confusion',
    title: 'Confusion matrix',
    description: `True classes down, predicted classes across. ${pairs.map(({ words }) => words).join('; ')}.`,
    ...map,
  });
  const caption =
    `${isDense ? 'The axes show the numbers of the classes, from 0.' : `Number of ${unit}.`} ` +
    `The stronger the colour, the larger the share of the ${unit} of the true class.`;
  const most = htmlTable({
    caption: 'What is confused most often',
    head: ['true class', 'predicted', unit],
    rows: pairs.map(({ row }) => row),
    textColumns: 2,
  });
  // a small map is beside the table; a large one is below it and scrolls
  const content =
    map.width > 560
      ? `${most}\n${figure(`<div class="scroll">${svg}</div>`, caption)}`
      : `<div class="figures">\n${figure(svg, caption)}\n${most}\n</div>`;
  return [
    section('Classes', isDense ? details('The numbers of each class', table) : table),
    section('Confusions', content),
  ].join('\n');
}
