import type { Examples } from '../data/examples.ts';
import { countParameters, countState } from '../model/parameter-count.ts';
import { formatShape } from '../tensor/shape.ts';
import { bestEpoch, type EpochResult } from '../train/history.ts';
import type { FullEvaluation, Prediction } from '../train/full-evaluation.ts';
import type { SavedRun } from '../run/saved-run.ts';
import { version } from '../version.ts';
import { curveFigure } from './curves.ts';
import { definitions } from './definitions.ts';
import { percent, shares } from './format.ts';
import { gallery, rightPredictions } from './gallery.ts';
import { dataUri, escapeHtml, htmlPage } from './html-page.ts';
import { details, figure, htmlTable } from './html-table.ts';
import { settingRows } from './settings.ts';
import { svgFigure } from './svg/figure.ts';
import { heatMap, maxNamed } from './svg/heat-map.ts';
import { reliabilityDiagram, reliabilitySize } from './svg/reliability-diagram.ts';
import { pageTheme } from './svg/theme.ts';
import { firstLayerPicture } from './weights-picture.ts';

export interface RunReport {
  readonly run: SavedRun;
  readonly history: readonly EpochResult[];
  /** Of the test images; null if neither they nor what was written down about them is there. */
  readonly test: FullEvaluation | null;
  /** The test images, and a prediction for each; or why they are missing, in a sentence. */
  readonly images: { readonly examples: Examples; readonly predictions: readonly Prediction[] } | string;
}

/** `mlp on Fashion-MNIST` */
export function reportTitle({ configuration }: SavedRun): string {
  return `${configuration.model} on ${configuration.dataset.name}`;
}

/** What came out of a run, as a page in one file. */
export function runReportPage(report: RunReport): string {
  const sections = [
    overview(report),
    curves(report),
    ...(report.test === null ? [] : [classes(report.test), calibration(report.test)]),
    predictions(report),
    firstLayer(report),
    network(report),
    settings(report),
    section('What the numbers mean', definitionList()),
    `<p class="quiet">Written by weft ${escapeHtml(version)}.</p>`,
  ];
  return htmlPage({ title: reportTitle(report.run), body: sections.join('\n') });
}

function section(title: string, content: string): string {
  return `<section>\n<h2>${escapeHtml(title)}</h2>\n${content}\n</section>`;
}

function paragraph(text: string): string {
  return `<p>${escapeHtml(text)}</p>`;
}

function overview({ run, history, test, images }: RunReport): string {
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
    htmlTable({ caption: 'The run in short', head: ['measure', 'value'], rows }),
    ...(typeof images === 'string' ? [paragraph(images)] : []),
  ].join('\n');
}

function curves({ history }: RunReport): string {
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
    'Training: the mean over an epoch, each batch measured before its own step, with dropout, changed images and ' +
    'penalties where the run has them; so validation, after the epoch and without these, can look better. ' +
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

function classes(test: FullEvaluation): string {
  const names = test.classes.map(({ name }) => name);
  const isDense = names.length > maxNamed;
  const table = htmlTable({
    caption: 'Each class of the test images',
    head: ['class', 'precision', 'recall', 'F1', 'images'],
    rows: [
      ...test.classes.map((report, index) => [
        // the axes of a large matrix have the numbers of the classes
        isDense ? `${index} ${report.name}` : report.name,
        ...shares(report),
        count(report.support),
      ]),
      ['macro mean', ...shares(test.macro), count(test.examples)],
      ['weighted mean', ...shares(test.weighted), count(test.examples)],
    ],
  });
  const pairs = test.confusions.map(({ actual, predicted, count: images }) => ({
    row: [names[actual]!, names[predicted]!, count(images)],
    words: `${names[actual]!} taken for ${names[predicted]!}: ${images}`,
  }));
  const map = heatMap(test.confusion, names, 'true class', 'predicted class', pageTheme);
  const svg = svgFigure({
    id: 'confusion',
    title: 'Confusion matrix',
    description: `True classes down, predicted classes across. ${pairs.map(({ words }) => words).join('; ')}.`,
    ...map,
  });
  const caption =
    `${isDense ? 'The axes have the numbers of the classes, from 0.' : 'Number of images.'} ` +
    'The stronger the colour, the larger the share of the images of the true class.';
  const most = htmlTable({
    caption: 'What is confused most often',
    head: ['true class', 'predicted', 'images'],
    rows: pairs.map(({ row }) => row),
    textColumns: 2,
  });
  // beside the table; a large one below it, where it scrolls instead of shrinking
  const content =
    map.width > 560
      ? `${most}\n${figure(`<div class="scroll">${svg}</div>`, caption)}`
      : `<div class="figures">\n${figure(svg, caption)}\n${most}\n</div>`;
  return [
    section('Classes', isDense ? details('The numbers of each class', table) : table),
    section('Confusions', content),
  ].join('\n');
}

function calibration({ calibration: { bins, confidence, expectedError }, accuracy }: FullEvaluation): string {
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
        'Bars below the dashed line: the network is too sure. The rings stand at the mean probability of a bin.',
      ),
      details(
        'The numbers',
        htmlTable({
          caption: 'Predictions by their probability',
          head: ['probability', 'mean', 'right', 'images'],
          rows,
        }),
      ),
    ].join('\n'),
  );
}

function predictions({ run, test, images }: RunReport): string {
  if (test === null || typeof images === 'string') return '';
  const { classNames } = run.configuration;
  const right = rightPredictions(images.predictions);
  const none = paragraph('None.');
  return [
    section(
      'Right predictions',
      right.length === 0
        ? none
        : `${paragraph('The first of each class, with the probability of the prediction.')}\n${gallery(images.examples, right, classNames)}`,
    ),
    section(
      'Wrong predictions',
      test.mistakes.length === 0
        ? none
        : `${paragraph('The mistakes of which the network was most certain.')}\n${gallery(images.examples, test.mistakes, classNames)}`,
    ),
  ].join('\n');
}

function firstLayer({ run }: RunReport): string {
  const picture = firstLayerPicture(run.model, run.weights);
  const title = 'First weights';
  if (picture === null) {
    return section(title, paragraph('The first layer with a kernel sees no image: nothing can be drawn.'));
  }
  const { layer, kind, shown, count: all, shape, strongest, png } = picture;
  const which = shown === all ? `${all} ${kind}` : `the first ${shown} of ${all} ${kind}`;
  const channels = shape[2]! > 1 ? `, its ${shape[2]!} channels side by side` : '';
  const words =
    `${layer}: ${which}, each a picture of its weights ${formatShape(shape)}${channels}. ` +
    `Blue is negative, white 0, red positive; full colour from ±${strongest.toPrecision(3)} on.`;
  const alt = `Weights of ${which} of ${layer}`;
  return section(title, figure(`<img class="pixels" src="${dataUri(png)}" alt="${escapeHtml(alt)}">`, words));
}

function network({ run: { model, configuration } }: RunReport): string {
  const rows = model.layers.map((layer) => [
    layer.name,
    formatShape(layer.outputShape).replace('[', '[n, '),
    count(countParameters(layer) + countState(layer)),
  ]);
  const total = ['total', '', count(countParameters(model) + countState(model))];
  const layers = `<pre>${escapeHtml(JSON.stringify(configuration.layers, null, 2))}</pre>`;
  return section(
    'Network',
    [
      htmlTable({
        caption: 'Layers; n is the batch',
        head: ['layer', 'output shape', 'parameters'],
        rows: [...rows, total],
        textColumns: 2,
      }),
      details('The layers as data', layers),
    ].join('\n'),
  );
}

function settings({ run }: RunReport): string {
  return section(
    'Settings',
    htmlTable({
      caption: 'How, and on what, the run was made',
      head: ['setting', 'value'],
      rows: settingRows(run.configuration),
      textColumns: 2,
    }),
  );
}

function definitionList(): string {
  return htmlTable({
    caption: 'Terms of this page',
    head: ['term', 'meaning'],
    rows: definitions,
    textColumns: 2,
  });
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
