import type { Decisions } from './decisions.ts';
import { keyOf, type Task, type TaskResult } from './sweep.ts';

export interface RunTasksOptions {
  /** Does one task. What it throws ends the sweep. */
  readonly run: (task: Task) => Promise<TaskResult>;
  /** How many at a time. */
  readonly parallel: number;
  /** Told of each result, before others are begun that follow from it. */
  readonly onResult: (result: TaskResult) => void | Promise<void>;
  /** Whether tasks may still begin. */
  readonly mayBegin: () => boolean;
}

/**
 * Does the tasks of a sweep, those that are ready first, until there are none, or none may begin.
 *
 * @throws the first error of a task, after the tasks that run have ended
 */
export async function runTasks(decisions: Decisions, options: RunTasksOptions): Promise<void> {
  const { run, parallel, onResult, mayBegin } = options;
  const running = new Map<string, Promise<void>>();
  const errors: unknown[] = [];
  for (;;) {
    if (mayBegin() && errors.length === 0) {
      for (const task of decisions.ready()) {
        if (running.size >= parallel) break;
        const key = keyOf(task);
        if (running.has(key)) continue;
        const work = async (): Promise<void> => {
          try {
            const result = await run(task);
            if (decisions.add(result)) await onResult(result);
          } catch (error) {
            errors.push(error);
          } finally {
            running.delete(key);
          }
        };
        running.set(key, work());
      }
    }
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  if (errors.length > 0) throw errors[0];
}
