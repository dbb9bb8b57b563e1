import { version } from '../../version.ts';
import { definitions } from '../definitions.ts';
import { escapeHtml, htmlPage } from '../html/page.ts';
import { htmlTable, section } from '../html/parts.ts';
import { type RunReport, reportTitle } from './contents.ts';
import { calibrationSection } from './sections/calibration.ts';
import { classesSection } from './sections/classes.ts';
import { curvesSection } from './sections/curves.ts';
import { firstLayerSection } from './sections/first-layer.ts';
import { networkSection } from './sections/network.ts';
import { overview } from './sections/overview.ts';
import { predictionsSection } from './sections/predictions.ts';
import { settingsSection } from './sections/settings.ts';

/** The report of a run as one HTML page that loads nothing. */
export function runReportPage(report: RunReport): string {
  const { run, test } = report;
  const sections = [
    overview(report),
    curvesSection(report),
    ...(test === null ? [] : [classesSection(test), calibrationSection(test)]),
    predictionsSection(report),
    firstLayerSection(report),
    networkSection(report),
    settingsSection(run.configuration),
    section('What the numbers mean', definitionList()),
    `<p class="quiet">Written by weft ${escapeHtml(version)}.</p>`,
  ];
  return htmlPage({ title: reportTitle(run), body: sections.join('\n') });
}

function definitionList(): string {
  return htmlTable({
    caption: 'Terms of this page',
    head: ['term', 'meaning'],
    rows: definitions,
    textColumns: 2,
  });
}
