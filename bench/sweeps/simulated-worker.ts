/** A worker whose runs are only waited for: `node simulated-worker.ts URL QUEUE PARALLEL SECONDS`. */
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from '../../src/sweep/queue/connection.ts';
import { JobWorker } from '../../src/sweep/queue/job-worker.ts';
import type { Job, JobResult } from '../../src/sweep/sweep.ts';

const [url, name, parallel, seconds] = process.argv.slice(2) as [string, string, string, string];
const connection = await connect(url, () => {});
const worker = new JobWorker({
  connection,
  name,
  parallel: Number(parallel),
  lease: 5,
  async work(data, progress): Promise<JobResult> {
    const { trial, seed, rung } = data as Job;
    await pause(500 * Number(seconds));
    await progress({ epoch: 1 });
    await pause(500 * Number(seconds));
    const score = (trial * 7919) % 1000;
    return {
      trial,
      seed,
      rung,
      epochs: 1,
      score,
      failure: null,
      seconds: Number(seconds),
      where: String(process.pid),
    };
  },
});
process.once('SIGTERM', () => {
  void worker.close().then(() => connection.close());
});
process.send?.('ready');
process.channel?.unref();
process.once('disconnect', () => process.exit(1));
