import type { QueueResult } from '../sweeps/simulated.ts';
import { markdownTable, measuredOn } from './markdown.ts';

/** What the queue of a sweep costs. */
export function queueTable(result: QueueResult): string {
  const { jobs, seconds, workers, parallel, done, kills, wallSeconds } = result;
  const rows = [
    ['jobs', `${jobs.toLocaleString('en-US')} of ${seconds} s, ${workers * parallel} at a time`],
    ['results', `${done.toLocaleString('en-US')}, with ${kills} of ${workers} workers killed halfway`],
    ['time', `${wallSeconds.toFixed(1)} s, ${(jobs / wallSeconds).toFixed(0)} jobs a second`],
    ['time of a worker beyond its job', `${result.overheadMilliseconds.toFixed(1)} ms a job`],
    ['to the server', `${(result.bytesIn / 1000).toFixed(1)} kB a job`],
    ['from the server', `${(result.bytesOut / 1000).toFixed(1)} kB a job`],
    ['memory of the server', `${(result.memoryBytes / 1000).toFixed(1)} kB a job`],
  ];
  return `${markdownTable(['what', 'measured'], rows, 2)}\n\n${measuredOn(result)} Redis ${result.redisVersion}.`;
}
