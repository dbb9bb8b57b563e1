/** The ladder as a table: for the terminal, and in Markdown for the documents. */
import { terminalColumns } from '../../../src/cli/framework/terminal-columns.ts';
import { textTable, widthOf } from '../../../src/text-table.ts';
import { machineText, markdownTable } from '../../documents/markdown.ts';
import {
  headlineSize,
  type LadderResult,
  multiplyAddsPerCycle,
  peakShare,
  type RungResult,
  speedOf,
  timesNaive,
} from './climb.ts';

/** The head and the cells of the table, as text. */
function cells(result: LadderResult): { readonly head: string[]; readonly rows: string[][] } {
  const size = headlineSize(result);
  return {
    head: [
      'rung',
      'idea',
      ...result.sizes.map((size) => `n = ${size}`),
      `% of peak, ${size}`,
      `× naive, ${size}`,
    ],
    rows: result.rungs
      .filter(({ unavailable }) => unavailable === null)
      .map((rung) => [
        rung.name,
        rung.idea,
        ...result.sizes.map((size) => format(speedOf(rung, size), figure)),
        format(peakShare(result, rung, size), percent),
        format(timesNaive(result, rung, size), figure),
      ]),
  };
}

function format(value: number | undefined, text: (value: number) => string): string {
  return value === undefined ? '–' : text(value);
}

function percent(share: number): string {
  return (100 * share).toFixed(share < 0.01 ? 2 : share < 0.1 ? 1 : 0);
}

/** A figure with two or three digits. */
export function figure(value: number): string {
  return value.toFixed(value < 1 ? 2 : value < 100 ? 1 : 0);
}

/** The table as text. In a narrow terminal the ideas are left out, and the headings are short. */
export function terminalTable(result: LadderResult, columns: number = terminalColumns()): string {
  const full = cells(result);
  const table = textTable({ ...full, textColumns: [0, 1] });
  if (widthOf(table) <= columns) return table;
  const head = ['rung', ...result.sizes.map(String), '% peak', '× naive'];
  return textTable({ head, rows: full.rows.map((row) => row.toSpliced(1, 1)), columns });
}

/** The table in Markdown, with links to the rungs in `folder`, and the multiply-adds of each core in a cycle. */
export function ladderTable(result: LadderResult, folder: string): string {
  const { head, rows } = cells(result);
  const size = headlineSize(result);
  head.push(`multiply-adds a cycle, ${size}`);
  const linked = rows.map(([name, ...rest]) => {
    const rung = result.rungs.find((one) => one.name === name)!;
    const perCycle = format(multiplyAddsPerCycle(result, rung, size), figure);
    return [`[${name}](${folder}/${fileOf(name!)})`, ...rest, perCycle];
  });
  return markdownTable(head, linked, 2);
}

function fileOf(name: string): string {
  return name.startsWith('engine-') ? 'engine.ts' : `${name}.ts`;
}

/** The conditions of the measurement: the machine, its peak, the threads, and the adapter. */
export function describeConditions({ machine, peakGflops, threads, adapter }: LadderResult): string[] {
  return [
    `${machineText(machine)}; on ${threads} threads where a rung uses several`,
    ...(peakGflops === null
      ? []
      : [`peak of one thread, multiply-adds on registers alone: ${peakGflops.toFixed(1)} GFLOP/s`]),
    ...(adapter === null ? [] : [`on a GPU: WebGPU, ${adapter.name}`]),
    ...(adapter && adapter.software !== false
      ? ['this adapter is software, or may be: these figures are of the processor, not of a GPU']
      : []),
  ];
}

/** A line for each missing speed: the rung cannot run, would take too long, or is wrong. */
export function remarks({ rungs }: Pick<LadderResult, 'rungs'>): string[] {
  const absent = rungs.filter(({ unavailable }) => unavailable !== null);
  return [
    ...[...Map.groupBy(absent, ({ unavailable }) => unavailable)].map(
      ([reason, group]) => `${group.map(({ name }) => name).join(', ')}: skipped, ${reason}`,
    ),
    ...rungs.flatMap(({ name, speeds }) =>
      speeds.flatMap((result) =>
        'skipped' in result ? [`${name}: skipped for n = ${result.size}, ${result.skipped}`] : [],
      ),
    ),
    ...rungs.flatMap(wrongResults),
  ];
}

export function wrongResults({ speeds }: RungResult): string[] {
  return speeds.flatMap((result) => ('wrong' in result ? [result.wrong] : []));
}
