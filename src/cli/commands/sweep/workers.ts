import type { Decisions } from '../../../sweep/decisions.ts';
import type { Task, TaskResult } from '../../../sweep/sweep.ts';

/** What does the tasks of a sweep: processes of this machine, or workers at a queue. */
export interface Workers {
  /** How many tasks it takes at a time. */
  readonly parallel: number;
  readonly description: string;
  run(task: Task, onEpoch: (epoch: number) => void): Promise<TaskResult>;
  /** Told of each result, before what follows from it begins. */
  recorded(decisions: Decisions, result: TaskResult): Promise<void>;
  /** When all is done: brings the folders of the best runs here, if they are elsewhere. */
  finish(decisions: Decisions): Promise<void>;
  close(): Promise<void>;
}
