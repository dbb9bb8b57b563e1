/** `bench queue`: what the queue of a sweep costs, with runs that are only waited for. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Decisions } from '../../src/sweep/decisions.ts';
import { connect, type Connection } from '../../src/sweep/queue/connection.ts';
import { JobQueue } from '../../src/sweep/queue/job-queue.ts';
import { runJobs } from '../../src/sweep/run-jobs.ts';
import { keyOf, type JobResult } from '../../src/sweep/sweep.ts';
import { checkMachine, type Conditions } from '../measure/machine.ts';
import { resultsFolder, writeResult } from '../measure/results.ts';

export interface QueueArguments {
  readonly redis: string;
  readonly jobs: number;
  /** Of a job. */
  readonly seconds: number;
  /** Processes, and jobs that each does at a time. */
  readonly workers: number;
  readonly parallel: number;
  readonly json: string | undefined;
}

export interface QueueResult extends Conditions, Omit<QueueArguments, 'redis' | 'json'> {
  readonly redisVersion: string;
  /** Jobs whose result came, each once. */
  readonly done: number;
  /** Workers that were killed in the middle. */
  readonly kills: number;
  readonly wallSeconds: number;
  /** Time of a worker for a job beyond the job itself: (wall · workers · parallel) / jobs − seconds. */
  readonly overheadMilliseconds: number;
  /** Bytes that the server got and gave, for a job. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** The most memory of the server, less that of before, for a job. */
  readonly memoryBytes: number;
}

/** Milliseconds between two figures. */
const memoryInterval = 500;

export async function benchQueue(args: QueueArguments): Promise<void> {
  const { redis, jobs, seconds, workers: count, parallel, json } = args;
  const conditions = checkMachine(false);
  const connection = await connect(redis, (text) => console.error(text));
  const name = `weft-bench-${process.pid}`;
  const before = await figuresOf(connection);
  const children = await Promise.all(Array.from({ length: count }, () => startWorker(args, name)));
  const queue = await JobQueue.open<JobResult>({ connection, name, onProgress: () => {} });
  const plan = { seeds: [1], metric: 'accuracy', halving: null } as const;
  const decisions = new Decisions(plan, jobs, 1);
  let [done, kills, memory] = [0, 0, 0];
  const timer = setInterval(() => {
    void figuresOf(connection).then(({ used }) => (memory = Math.max(memory, used)));
  }, memoryInterval);
  const start = performance.now();
  await runJobs(decisions, {
    parallel: 10_000,
    mayBegin: () => true,
    run: (job) => queue.submit(keyOf(job), job, 1),
    onResult: async (result) => {
      done += 1;
      await queue.remove(keyOf(result));
      if (kills > 0 || done < jobs / 2) return;
      // its jobs are taken by others, and a new one takes its place
      kills += 1;
      children[0]!.kill('SIGKILL');
      children.push(await startWorker(args, name));
    },
  });
  const wallSeconds = (performance.now() - start) / 1000;
  clearInterval(timer);
  const after = await figuresOf(connection);
  for (const child of children) child.kill('SIGTERM');
  await queue.obliterate();
  await queue.close();
  connection.close();
  const result: QueueResult = {
    ...conditions,
    redisVersion: after.version,
    jobs,
    seconds,
    workers: count,
    parallel,
    done,
    kills,
    wallSeconds,
    overheadMilliseconds: 1000 * ((wallSeconds * count * parallel) / jobs - seconds),
    bytesIn: (after.bytesIn - before.bytesIn) / jobs,
    bytesOut: (after.bytesOut - before.bytesOut) / jobs,
    memoryBytes: Math.max(0, memory - before.used) / jobs,
  };
  console.log(
    `${done} of ${jobs} jobs of ${seconds} s by ${count * parallel} at a time in ${wallSeconds.toFixed(1)} s: ` +
      `${result.overheadMilliseconds.toFixed(1)} ms more for each; ${kills} worker killed`,
  );
  writeResult(json ?? (jobs >= 5000 ? join(resultsFolder, 'queue.json') : undefined), result);
}

async function startWorker(
  { redis, parallel, seconds }: QueueArguments,
  name: string,
): Promise<ChildProcess> {
  const script = join(import.meta.dirname, 'simulated-worker.ts');
  const child = fork(script, [redis, name, String(parallel), String(seconds)]);
  await once(child, 'message');
  return child;
}

async function figuresOf({ client }: Connection): Promise<{
  readonly used: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly version: string;
}> {
  const text = await client.info();
  const value = (name: string): string => new RegExp(`^${name}:(.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';
  return {
    used: Number(value('used_memory')),
    bytesIn: Number(value('total_net_input_bytes')),
    bytesOut: Number(value('total_net_output_bytes')),
    version: value('redis_version'),
  };
}
