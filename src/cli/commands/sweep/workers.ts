import type { Decisions } from '../../../sweep/decisions.ts';
import type { Job, JobResult } from '../../../sweep/sweep.ts';

/** What does the jobs of a sweep: processes of this machine, or workers at a queue. */
export interface Workers {
  /** How many jobs it takes at a time. */
  readonly parallel: number;
  readonly description: string;
  run(job: Job, onEpoch: (epoch: number) => void): Promise<JobResult>;
  /** The time is up: what has not begun is not done. */
  stopGiving(): Promise<void>;
  /** Told of each result, before what follows from it begins. */
  recorded(decisions: Decisions, result: JobResult): Promise<void>;
  /** When all is done: brings the folders of the best runs here, if they are elsewhere. */
  finish(decisions: Decisions): Promise<void>;
  close(): Promise<void>;
}
