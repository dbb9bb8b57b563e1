import { rate, whole } from '../measure/format.ts';
import { epochsPerSecond, type NetworkSpeed, type SpeedsResult } from '../networks/speeds.ts';
import { markdownTable, measuredOn } from './markdown.ts';

/** A row for each preset, engine and number of threads. */
export function speedsTable(result: SpeedsResult): string {
  const rows = result.speeds.map(({ model, engine, threads, batchSize, imagesPerSecond, peakMebibytes }) => [
    model,
    engine,
    threads,
    batchSize,
    rate(imagesPerSecond.median),
    `${rate(imagesPerSecond.p10)} – ${rate(imagesPerSecond.p90)}`,
    epochsPerSecond(imagesPerSecond.median),
    `${whole(peakMebibytes)} MiB`,
  ]);
  const head = ['network', 'engine', 'threads', 'batch', 'images/s', 'p10 – p90', 'epochs/s', 'peak memory'];
  return [markdownTable(head, rows, 2), measuredOn(result)].join('\n\n');
}

/** A row for each batch size of one network, a pair of columns for each number of threads. */
export function scalingTable(result: SpeedsResult): string {
  const threads = [...new Set(result.speeds.map((speed) => speed.threads))];
  const batchSizes = [...new Set(result.speeds.map((speed) => speed.batchSize))];
  const cells = (batchSize: number, count: number): string[] => {
    const isIt = (speed: NetworkSpeed): boolean => speed.batchSize === batchSize && speed.threads === count;
    const { median, p10, p90 } = result.speeds.find(isIt)!.imagesPerSecond;
    return [rate(median), `${rate(p10)} – ${rate(p90)}`];
  };
  const head = threads.flatMap((count) => [
    `images/s, ${count} thread${count === 1 ? '' : 's'}`,
    'p10 – p90',
  ]);
  const rows = batchSizes.map((batchSize) => [
    batchSize,
    ...threads.flatMap((count) => cells(batchSize, count)),
  ]);
  return [markdownTable(['batch', ...head], rows, 0), measuredOn(result)].join('\n\n');
}
