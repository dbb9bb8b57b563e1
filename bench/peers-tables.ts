/** The tables of the documents that are made from the results of `bench peers`, `bench scaling` and `bench conv2d`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Conv2dRow } from './conv2d.ts';
import type { PeersRace, PeersResult } from './peers.ts';
import type { PeerRow } from './peers-race.ts';
import { label, whole } from './race.ts';
import { readResult, resultsFolder } from './results.ts';
import type { ScalingResult } from './scaling.ts';

/** By the names that stand between `<!-- table:NAME -->` and `<!-- /table -->`. */
export const peersTables: Readonly<Record<string, () => string>> = {
  'peers-step': () => networksTable(readResults<PeersResult>(['peers-step-mlp.json', 'peers-step-cnn.json'])),
  'peers-inference': () =>
    networksTable(readResults<PeersResult>(['peers-inference-mlp.json', 'peers-inference-cnn.json'])),
  'peers-matmul': () => productsTable(readResult<PeersResult>('peers-matmul.json')),
  scaling: () => scalingTable(readResult<ScalingResult>('scaling.json')),
  conv2d: () => conv2dTable(readResult<Conv2dRow[]>('conv2d-wasm.json')),
};

/** Those that have been recorded. */
function readResults<T>(names: readonly string[]): T[] {
  return names.filter((name) => existsSync(join(resultsFolder, name))).map((name) => readResult<T>(name));
}

function table(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  words: number,
): string {
  const rule = head.map((_, column) => (column < words ? '---' : '--:'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

type Head = Readonly<{ machine: Readonly<Record<string, string | number>>; loadAverage?: number }>;

export function machineOf({ machine, loadAverage }: Head): string {
  const { cpu, cores, platform, node, v8 } = machine;
  const load = loadAverage === undefined ? '' : `; load average at the start ${loadAverage.toFixed(1)}`;
  return `Measured on: ${cpu}, ${cores} cores, ${platform}, Node ${node}, V8 ${v8}${load}.`;
}

/** A row for each contender in each race: its speed and how many times as fast weft is, or why it has none. */
export function networksTable(results: readonly PeersResult[]): string {
  const races = results.flatMap((result) => result.races);
  const rows = races.flatMap((race) => {
    const subject = [race.subject, race.batchSize ?? '–'];
    return race.rows.map((row) => [...subject, ...cells(row)]);
  });
  const remarks = new Set(
    races.flatMap((race) => race.rows.flatMap((row) => (row.status === 'timed' ? remark(row) : []))),
  );
  return [
    table(['network', 'batch', 'contender', 'images/s', 'p10 – p90', 'weft is … times as fast'], rows, 3),
    ...remarks,
    ...(results.length > 0 ? [machineOf(results[0]!)] : []),
  ].join('\n\n');
}

function cells(row: PeerRow): string[] {
  if (row.status === 'missing') return [row.name, '–', '–', 'not installed'];
  if (row.status !== 'timed') return [row.name, '–', '–', `not timed: ${row.reason.replaceAll('|', '\\|')}`];
  const { median, p10, p90 } = row.speed;
  const [low, high] = row.ratio?.range ?? [];
  return [
    `${label(row)}, ${row.version.replaceAll('|', '\\|')}`,
    whole(median),
    `${whole(p10)} – ${whole(p90)}`,
    row.ratio ? `${row.ratio.ratio.toFixed(2)} (${low!.toFixed(2)} – ${high!.toFixed(2)})` : '',
  ];
}

function remark({ name, differs }: { readonly name: string; readonly differs?: string }): string[] {
  return differs === undefined ? [] : [`${name} ${differs}.`];
}

/** A row for each contender, a column for each product: the median in GFLOP/s. */
export function productsTable(result: PeersResult): string {
  const { races } = result;
  const names = [...new Set(races.flatMap(({ rows }) => rows.map(nameOf)))];
  const figure = (race: PeersRace, name: string): string => {
    const row = race.rows.find((candidate) => nameOf(candidate) === name);
    return row?.status === 'timed' ? row.speed.median.toFixed(1) : '–';
  };
  const rows = names.map((name) => [name, ...races.map((race) => figure(race, name))]);
  return [table(['GFLOP/s', ...races.map(({ subject }) => subject)], rows, 1), machineOf(result)].join(
    '\n\n',
  );
}

function nameOf(row: PeerRow): string {
  return row.status === 'timed' ? label(row) : row.name;
}

export function scalingTable(result: ScalingResult): string {
  const rows = result.points.map(
    ({ model, engine, threads, batchSize, imagesPerSecond, epochsPerSecond, peakMebibytes }) => [
      model,
      engine,
      threads,
      batchSize,
      whole(imagesPerSecond.median),
      `${whole(imagesPerSecond.p10)} – ${whole(imagesPerSecond.p90)}`,
      epochsPerSecond.toPrecision(3),
      `${whole(peakMebibytes)} MiB`,
    ],
  );
  const head = ['network', 'engine', 'threads', 'batch', 'images/s', 'p10 – p90', 'epochs/s', 'peak memory'];
  return [table(head, rows, 2), machineOf(result)].join('\n\n');
}

export function conv2dTable(results: readonly Conv2dRow[]): string {
  const rows = results.map(
    ({
      layer,
      pass,
      height,
      width,
      channels,
      filters,
      threads,
      directGflops,
      peakGflops,
      imagesPerSecond,
    }) => [
      `${layer} ${pass}`,
      `${height}×${width}×${channels} → ${filters}`,
      threads,
      whole(imagesPerSecond.median),
      directGflops.median.toFixed(1),
      `${directGflops.p10.toFixed(1)} – ${directGflops.p90.toFixed(1)}`,
      peakGflops === null ? '–' : ((100 * directGflops.median) / (peakGflops * threads)).toFixed(0),
    ],
  );
  const head = ['convolution', 'images', 'threads', 'images/s', 'direct GFLOP/s', 'p10 – p90', '% of peak'];
  return [table(head, rows, 2), ...(results[0] ? [machineOf(results[0])] : [])].join('\n\n');
}
