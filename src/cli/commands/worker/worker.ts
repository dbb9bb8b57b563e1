import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { announced, queueOf } from '../../../sweep/queue/announcements.ts';
import { codeVersion } from '../../../sweep/queue/code-version.ts';
import type { Connection } from '../../../sweep/queue/connection.ts';
import { RunStore } from '../../../sweep/queue/run-store.ts';
import { JobWorker } from '../../../sweep/queue/job-worker.ts';
import { Interrupt, interruptedStatus } from '../../framework/interrupt.ts';
import { Output } from '../../framework/output.ts';
import { UsageError } from '../../framework/usage-error.ts';
import { connectTo, orLeave } from '../sweep/queued-workers.ts';
import { redisAddress, redisVariable } from '../sweep/redis-option.ts';
import { doJob } from './do-job.ts';
import { checkAnnouncement, reasonToLeave, type ServedSweep } from './served-sweep.ts';

export interface WorkerArguments {
  readonly redis: string | undefined;
  readonly threads: number | undefined;
  readonly data: string | undefined;
  readonly lease: number;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** Milliseconds between two looks at which sweeps there are. */
const lookInterval = 1000;

/** `weft worker`: takes runs of one sweep after the other, until Ctrl-C. */
export async function work(args: WorkerArguments): Promise<void> {
  const address = redisAddress(args.redis);
  if (address === undefined) {
    throw new UsageError(
      `--redis: where is the queue? --redis redis://HOST, or the variable ${redisVariable}`,
    );
  }
  const output = new Output(args);
  const interrupt = new Interrupt('the first run');
  const connection = await connectTo(address, output);
  const folder = mkdtempSync(join(tmpdir(), 'weft-worker-'));
  try {
    interrupt.keepResults();
    await serve(args, { connection, output, folder, signal: interrupt.signal });
  } finally {
    interrupt.stop();
    rmSync(folder, { recursive: true, force: true });
    connection.close();
  }
  process.exitCode = interruptedStatus;
}

interface Parts {
  readonly connection: Connection;
  readonly output: Output;
  readonly folder: string;
  readonly signal: AbortSignal;
}

async function serve(args: WorkerArguments, { connection, output, folder, signal }: Parts): Promise<void> {
  const { threads: parallel = availableParallelism(), lease } = args;
  const code = codeVersion();
  /** Why sweeps are left to others; null for those that are not. */
  const reasons = new Map<string, string | null>();
  let serving: { readonly id: string; readonly worker: JobWorker } | null = null;
  output.text(`worker  ${parallel} at a time, for the sweeps at ${connection.place}; Ctrl-C ends it`);
  // a server that does not answer must not keep a worker that is to end
  const end = new Promise<null>((resolve) => signal.addEventListener('abort', () => resolve(null)));
  while (!signal.aborted) {
    const texts = await Promise.race([announced(connection), end]);
    if (texts === null) break;
    const sweeps = texts.flatMap((text) => checkAnnouncement(text) ?? []);
    for (const sweep of sweeps.filter(({ id }) => !reasons.has(id))) {
      const reason = reasonToLeave(sweep, { code, data: args.data });
      reasons.set(sweep.id, reason);
      if (reason !== null) output.note(`the sweep ${sweep.title} is left to others: ${reason}`);
    }
    if (serving !== null && !sweeps.some(({ id }) => id === serving!.id)) {
      await serving.worker.close();
      output.text('sweep   it has ended');
      serving = null;
    }
    const next = sweeps.find(({ id }) => reasons.get(id) === null);
    if (serving === null && next !== undefined) {
      output.text(`sweep   ${next.title}`);
      serving = {
        id: next.id,
        worker: startWorker(next, { connection, output, folder, signal }, { args, parallel, lease }),
      };
    }
    await pause(lookInterval, undefined, { signal }).catch(() => {});
  }
  output.note('interrupted: runs that were begun go back into the queue');
  await orLeave(async () => serving?.worker.close());
}

function startWorker(
  sweep: ServedSweep,
  { connection, output, folder, signal }: Parts,
  {
    args,
    parallel,
    lease,
  }: { readonly args: WorkerArguments; readonly parallel: number; readonly lease: number },
): JobWorker {
  const store = new RunStore(connection, sweep.id);
  const place = join(folder, sweep.id);
  mkdirSync(place, { recursive: true });
  const where = `${hostname()} ${process.pid}`;
  return new JobWorker({
    connection,
    name: queueOf(sweep.id),
    parallel,
    lease,
    work: (data, progress) =>
      doJob(data, { sweep, store, folder: place, data: args.data ?? null, where, output, signal, progress }),
  });
}
