/** A run as one HTML file that loads nothing, as `weft train` writes one. */
import { count, percent } from '../../src/report/format.ts';
import { escapeHtml, htmlPage } from '../../src/report/html/page.ts';
import { details, figure, htmlTable, paragraph, section } from '../../src/report/html/parts.ts';
import { classesSection } from '../../src/report/run/sections/classes.ts';
import type { BranchFacts, FullEvaluation, RunFacts } from '../../src/session.ts';
import { curves, type Point } from './drawing/curves.ts';

export interface ReportedRun {
  readonly facts: RunFacts;
  readonly seed: number;
  /** The branch that is shown, with the steps that it has in common with others. */
  readonly branch: Pick<BranchFacts, 'end' | 'segments' | 'curve' | 'validation'>;
  /** On the validation images, which it does not learn from. */
  readonly measures: FullEvaluation;
  /** The same run in a terminal. */
  readonly command: string;
}

export function reportPage({ facts, seed, branch, measures, command }: ReportedRun): string {
  const body = [
    htmlTable({
      caption: 'The run, after its last step',
      head: ['what', 'value'],
      rows: [
        ['network', `${facts.network}, ${count(facts.parameters)} parameters`],
        ['steps', count(branch.end)],
        ['training images', count(branch.segments.at(-1)!.examples)],
        ['validation images', count(measures.examples)],
        ['right of them', percent(measures.accuracy)],
        ['loss on them', measures.loss.toFixed(4)],
        ['seed', String(seed)],
        ['computed by', facts.engine.description],
      ],
      textColumns: 2,
    }),
    section('How it went', curvesOf(branch)),
    classesSection(measures, 'images', 'validation'),
    section('Settings', settingsTable(branch)),
    section('Network', networkTable(facts)),
    section('The same run in a terminal', `<pre>${escapeHtml(command)}</pre>`),
    paragraph('Trained in a page by weft. The test images had no part in it.'),
  ];
  return htmlPage({ title: `${facts.network} on Fashion-MNIST`, body: body.join('\n') });
}

function curvesOf({ end, segments, curve, validation }: ReportedRun['branch']): string {
  const marks = segments.map(({ from }) => from).filter((step) => step > 0);
  const chart = (quantity: 'accuracy' | 'loss', title: string, format: string): string => {
    const points = (all: typeof curve | typeof validation): Point[] =>
      all.map((point) => ({ step: point.step, value: point[quantity] }));
    const last = validation.at(-1)?.[quantity];
    const svg = curves({
      id: `curve-${quantity}`,
      title,
      description: `${title} over the steps${last === undefined ? '' : `; at the end ${last.toPrecision(4)} on the validation images`}.`,
      curves: [
        { name: 'training', points: points(curve), colour: 'first', isDashed: false },
        { name: 'validation', points: points(validation), colour: 'second', isDashed: true },
      ],
      at: end,
      marks,
      format,
    });
    return figure(svg, `${title}: training drawn through, validation dashed.`);
  };
  const epochs = htmlTable({
    caption: 'After each epoch, on the validation images',
    head: ['epoch', 'step', 'loss', 'accuracy'],
    rows: validation.map(({ epoch, step, loss, accuracy }) => [
      String(epoch),
      count(step),
      loss.toFixed(4),
      percent(accuracy),
    ]),
  });
  return [
    `<div class="figures">${chart('accuracy', 'Accuracy', '.0%')}${chart('loss', 'Loss', '~g')}</div>`,
    details('The numbers of the epochs', epochs),
  ].join('\n');
}

/** A column for each time that something was changed. */
function settingsTable({ segments }: ReportedRun['branch']): string {
  const names = Object.keys(segments[0]!.settings) as (keyof (typeof segments)[0]['settings'])[];
  return htmlTable({
    caption: 'From each step on where one of them was changed',
    head: ['setting', ...segments.map(({ from }) => `after step ${count(from)}`)],
    rows: names.map((name) => [
      name,
      ...segments.map(({ settings }) => {
        const value = settings[name];
        return typeof value === 'object' ? JSON.stringify(value) : String(value);
      }),
    ]),
  });
}

function networkTable({ layers }: RunFacts): string {
  return htmlTable({
    caption: 'Layers, and the shape of what each gives for an image',
    head: ['layer', 'shape'],
    rows: layers.map(({ name, shape }) => [name, shape.join(' × ')]),
    textColumns: 2,
  });
}
