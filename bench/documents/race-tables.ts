/** Tables of the results of `bench libraries`. */
import { label, rate } from '../measure/format.ts';
import type { ContenderRow, Race, TimedRow } from '../race/contenders.ts';
import type { RaceResult } from '../race/race.ts';
import { markdownTable, measuredOn, withRange } from './markdown.ts';

/** A row for each contender. For each network: its median speed, and how many times as fast weft is. */
export function racesTable(results: readonly RaceResult[], unit: string): string {
  const races = results.flatMap((result) => result.races);
  const names = [...new Set(races.flatMap(({ rows }) => rows.map(nameOf)))];
  const rows = names.map((name) => [
    name,
    ...races.flatMap((race) => summary(race.rows.find((row) => nameOf(row) === name))),
  ]);
  const head = races.flatMap(({ subject, batchSize }) => {
    const isAmbiguous = new Set(races.map((race) => race.batchSize)).size > 1;
    return [isAmbiguous ? `${subject}, batch ${batchSize}` : subject, 'weft is × as fast'];
  });
  return markdownTable([unit, ...head], rows, 1);
}

function summary(row: ContenderRow | undefined): string[] {
  if (row === undefined) return ['–', '–'];
  if (row.status === 'missing') return ['not installed', '–'];
  if (row.status !== 'timed') return ['cannot', '–'];
  return [rate(row.speed.median), row.ratio ? withRange(row.ratio.ratio, row.ratio.range) : ''];
}

/** A row for each contender in each race: its version and the spread of its speed, or why it has none. */
export function detailsTable(results: readonly RaceResult[]): string {
  const races = results.flatMap((result) => result.races);
  const rows = races.flatMap((race) =>
    race.rows.map((row) => [race.subject, race.batchSize ?? '–', ...details(row)]),
  );
  const remarks = new Set(
    races.flatMap((race) => race.rows.flatMap((row) => (row.status === 'timed' ? remark(row) : []))),
  );
  const head = ['network', 'batch', 'contender', 'what ran', 'images/s', 'p10 – p90'];
  return [markdownTable(head, rows, 4), ...remarks, ...results.slice(0, 1).map(measuredOn)].join('\n\n');
}

function details(row: ContenderRow): string[] {
  if (row.status === 'missing') return [row.name, 'not installed', '–', '–'];
  if (row.status !== 'timed') return [row.name, `not timed: ${row.reason}`, '–', '–'];
  const { median, p10, p90 } = row.speed;
  return [label(row), row.version, rate(median), `${rate(p10)} – ${rate(p90)}`];
}

function remark({ name, differs }: TimedRow): string[] {
  return differs === undefined ? [] : [`${name} ${differs}.`];
}

/** A row for each contender, a column for each product: the median in GFLOP/s. */
export function racesOfProductsTable(result: RaceResult): string {
  const { races } = result;
  const names = [...new Set(races.flatMap(({ rows }) => rows.map(nameOf)))];
  const figure = (race: Race, name: string): string => {
    const row = race.rows.find((one) => nameOf(one) === name);
    return row?.status === 'timed' ? row.speed.median.toFixed(1) : '–';
  };
  const rows = names.map((name) => [name, ...races.map((race) => figure(race, name))]);
  const head = ['GFLOP/s', ...races.map(({ subject }) => subject)];
  return [markdownTable(head, rows, 1), measuredOn(result)].join('\n\n');
}

/** The name with the number of threads: `tfjs wasm, 1 thread`. */
function nameOf(row: ContenderRow): string {
  return row.status === 'timed' ? label(row) : row.name;
}
