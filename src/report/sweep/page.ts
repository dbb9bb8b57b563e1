import { createHash } from 'node:crypto';
import type { SweepMetric } from '../../sweep/sweep.ts';
import { metricIn } from '../../train/history.ts';
import { version } from '../../version.ts';
import { count, percent, shortNumber } from '../format.ts';
import { escapeHtml, htmlPage } from '../html/page.ts';
import { figure, htmlTable, paragraph, section } from '../html/parts.ts';
import { curveFigure } from '../run/curves.ts';
import { svgFigure } from '../svg/figure.ts';
import { lineChart, lineChartSize } from '../svg/line-chart.ts';
import { pageTheme } from '../svg/theme.ts';
import { parametersOf, type ReportedTrial, type SweepReport } from './contents.ts';
import { parallelCoordinates, parallelSize } from './parallel-coordinates.ts';
import { parameterPlot, parameterPlotSize } from './parameter-plot.ts';
import { sortScript } from './sort-script.ts';

/** The report of a sweep as one HTML page that loads nothing. */
export function sweepReportPage(report: SweepReport): string {
  const body = [
    overview(report),
    ...(report.scoresInOrder.length > 1 ? [section('Best so far', bestSoFar(report))] : []),
    section('Trials', trialsTable(report)),
    ...parameterSections(report),
    ...(report.history.length > 0 ? [section('The best run', bestCurves(report))] : []),
    `<p class="quiet">Written by weft ${escapeHtml(version)}.</p>`,
  ];
  const hash = createHash('sha256').update(sortScript).digest('base64');
  return htmlPage({ title: report.title, body: body.join('\n'), script: { code: sortScript, hash } });
}

function bestCurves({ metric, history }: SweepReport): string {
  const measure = metricIn(history[0]!);
  const figures = [curveFigure(measure, history, pageTheme), curveFigure('loss', history, pageTheme)];
  return `<div class="figures">${figures.map((svg) => `<figure>${svg}</figure>`).join('')}</div>\n${paragraph(`Judged by its ${scoreName(metric)}.`)}`;
}

function scoreText(metric: SweepMetric, score: number): string {
  return metric === 'accuracy' ? percent(score) : shortNumber(score);
}

function scoreName(metric: SweepMetric): string {
  return `validation ${metric === 'meanAbsoluteError' ? 'mean absolute error' : metric}`;
}

/** In d3's notation. */
function formatOf(metric: SweepMetric): string {
  return metric === 'accuracy' ? '.1%' : '~g';
}

function overview({ metric, options, planned, seeds, trials, test }: SweepReport): string {
  const best = trials.find(({ score }) => score !== null);
  const given = trials.find(({ isGiven, score }) => isGiven && score !== null);
  const failed = trials.filter(({ failure }) => failure !== null).length;
  const hours = trials.reduce((sum, { seconds }) => sum + seconds, 0) / 3600;
  const rows = [
    ['trials with a result', `${count(trials.length - failed)} of ${count(planned)}`],
    ...(failed > 0 ? [['failed', count(failed)]] : []),
    ['seeds of each', seeds.join(', ')],
    [
      'time of all runs together',
      hours < 1 ? `${(60 * hours).toFixed(1)} minutes` : `${hours.toFixed(1)} hours`,
    ],
    ['options of all', textOf(options)],
    ...(best
      ? [
          ['best trial', `${best.trial}: ${scoreText(metric, best.score!)}`],
          ['its values', textOf(best.values)],
        ]
      : []),
    ...(given ? [['best of those that were given', scoreText(metric, given.score!)]] : []),
    ...(test === null ? [] : [['the best run on the test examples', test]]),
  ];
  return [
    paragraph(
      `Judged by the ${scoreName(metric)}. The test examples had no part in the search; the best run alone was tested, at the end.`,
    ),
    htmlTable({ caption: 'The sweep', head: ['what', 'value'], rows, textColumns: 2 }),
  ].join('\n');
}

function textOf(values: Readonly<Record<string, unknown>>): string {
  const texts = Object.entries(values).map(([name, value]) => `${name} ${String(value)}`);
  return texts.length === 0 ? 'the options of all' : texts.join(', ');
}

function bestSoFar({ metric, scoresInOrder }: SweepReport): string {
  let best = scoresInOrder[0]!;
  const values = scoresInOrder.map((score) => {
    best = metric === 'accuracy' ? Math.max(best, score) : Math.min(best, score);
    return best;
  });
  const name = scoreName(metric);
  const body = lineChart(
    {
      title: `Best ${name}`,
      x: values.map((_, index) => index + 1),
      xName: 'whole trials done',
      series: [{ name: 'best so far', values }],
      format: formatOf(metric),
    },
    pageTheme,
  );
  const description = `After ${values.length} trials the best is ${scoreText(metric, best)}.`;
  return figure(
    svgFigure({ id: 'best-so-far', title: `Best ${name} so far`, description, ...lineChartSize, body }),
    'The best score, in the order in which trials came to their end.',
  );
}

/** A table that sorts by the column whose heading is pressed. */
function trialsTable({ metric, trials }: SweepReport): string {
  const names = parametersOf(trials);
  const head = ['trial', scoreName(metric), 'epochs', 'seconds', ...names];
  const row = (trial: ReportedTrial): string => {
    const score = trial.score === null ? (trial.failure ?? '–') : scoreText(metric, trial.score);
    const numbers = [
      cell(trial.isGiven ? `${trial.trial} (given)` : String(trial.trial), trial.trial, 'th'),
      cell(score, trial.score ?? ''),
      cell(trial.isWhole ? String(trial.epochs) : `${trial.epochs}, stopped`, trial.epochs),
      cell(trial.seconds.toFixed(1), trial.seconds),
    ];
    const values = names.map((name) =>
      cell(String(trial.values[name] ?? '–'), String(trial.values[name] ?? '')),
    );
    return `<tr>${[...numbers, ...values].join('')}</tr>`;
  };
  const headings = head.map(
    (name) => `<th scope="col"><button type="button">${escapeHtml(name)}</button></th>`,
  );
  return `<div class="scroll"><table class="sorts">
<caption>All trials, the best first. Press a heading to sort by it.</caption>
<thead><tr>${headings.join('')}</tr></thead>
<tbody>
${trials.map(row).join('\n')}
</tbody>
</table></div>`;
}

/** @param key by which it is sorted */
function cell(text: string, key: string | number, tag: 'td' | 'th' = 'td'): string {
  const scope = tag === 'th' ? ' scope="row"' : '';
  return `<${tag}${scope} data-key="${escapeHtml(String(key))}">${escapeHtml(text)}</${tag}>`;
}

function parameterSections({ metric, trials }: SweepReport): string[] {
  const scored = trials.filter(({ score }) => score !== null);
  const names = parametersOf(scored);
  if (names.length === 0 || scored.length < 2) return [];
  const name = scoreName(metric);
  const plots = names.map((parameter, index) => {
    const points = scored.flatMap(({ values, score, isWhole }) =>
      values[parameter] === undefined ? [] : [{ value: values[parameter], score: score!, isWhole }],
    );
    return svgFigure({
      id: `parameter-${index}`,
      title: `${name} against ${parameter}`,
      description: `${points.length} trials; the best has ${parameter} ${String(scored[0]!.values[parameter] ?? 'not set')}.`,
      ...parameterPlotSize,
      body: parameterPlot(parameter, points, formatOf(metric), pageTheme),
    });
  });
  const parallel = svgFigure({
    id: 'parallel',
    title: 'Parallel coordinates',
    description: `A line for each of ${scored.length} trials, through its values and its score.`,
    ...parallelSize(names.length + 1),
    body: parallelCoordinates(scored, name, pageTheme),
  });
  return [
    section(
      'Each parameter',
      `<div class="figures">${plots.map((svg) => `<figure>${svg}</figure>`).join('\n')}</div>\n${paragraph('Rings are trials that were stopped early.')}`,
    ),
    section(
      'All parameters together',
      figure(
        `<div class="scroll">${parallel}</div>`,
        'Each line is a trial, dotted if it was stopped early; the best fifth in the second colour.',
      ),
    ),
  ];
}
