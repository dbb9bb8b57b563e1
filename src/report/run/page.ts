import { type RunConfiguration, unitOf } from '../../run/config.ts';
import { version } from '../../version.ts';
import { areOfNumbers } from '../../train/measures.ts';
import { definitions, numberDefinitions } from '../definitions.ts';
import { escapeHtml, htmlPage } from '../html/page.ts';
import { htmlTable, section } from '../html/parts.ts';
import { type RunReport, reportTitle } from './contents.ts';
import { calibrationSection } from './sections/calibration.ts';
import { classesSection } from './sections/classes.ts';
import { columnsSection } from './sections/columns.ts';
import { curvesSection } from './sections/curves.ts';
import { firstLayerSection } from './sections/first-layer.ts';
import { networkSection } from './sections/network.ts';
import { numbersSection } from './sections/numbers.ts';
import { overview } from './sections/overview.ts';
import { predictionsSection } from './sections/predictions.ts';
import { rowMistakesSection } from './sections/row-mistakes.ts';
import { settingsSection } from './sections/settings.ts';

/** The report of a run as one HTML page that loads nothing. */
export function runReportPage(report: RunReport): string {
  const { run } = report;
  const sections = [
    overview(report),
    curvesSection(report),
    ...resultSections(report),
    ...(unitOf(run.configuration) === 'images' ? [firstLayerSection(report)] : []),
    ...(run.configuration.table ? [columnsSection(run.configuration.table)] : []),
    networkSection(report),
    settingsSection(run.configuration),
    section('What the numbers mean', definitionList(report)),
    `<p class="quiet">Written by weft ${escapeHtml(version)}.</p>`,
  ];
  return htmlPage({ title: reportTitle(run), body: sections.join('\n') });
}

/** What came out on the test examples: for numbers how far they are off; for classes which are confused, and with what. */
function resultSections(report: RunReport): string[] {
  const { run, test, predictions } = report;
  if (test === null) return [];
  const known = typeof predictions === 'string' ? null : predictions;
  if (areOfNumbers(test)) return known?.of === 'numbers' ? [numbersSection(test, known.predictions)] : [];
  const unit = unitOf(run.configuration);
  return [
    classesSection(test, unit),
    calibrationSection(test, unit),
    ...(known?.of === 'images' ? [predictionsSection(report, test, known)] : []),
    ...(unit === 'rows' ? [rowMistakesSection(test)] : []),
  ];
}

function definitionList({ run }: RunReport): string {
  return htmlTable({
    caption: 'Terms of this page',
    head: ['term', 'meaning'],
    rows: definitionsFor(run.configuration),
    textColumns: 2,
  });
}

function definitionsFor(configuration: RunConfiguration): readonly (readonly string[])[] {
  if (configuration.classNames.length === 0) return numberDefinitions;
  const unit = unitOf(configuration);
  return definitions.map(([term, meaning]) => [term, meaning.replaceAll('images', unit)]);
}
