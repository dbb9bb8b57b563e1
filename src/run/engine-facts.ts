import type { Engine } from '../engine/engine.ts';

/** Which engine did the work, as the files of a run and the lines of `--json` say it. */
export interface EngineFacts {
  readonly name: string;
  readonly threads: number;
  readonly description: string;
  /** Why this engine was chosen. */
  readonly reason: string;
}

export function engineFacts({ name, threads, description, reason }: Engine): EngineFacts {
  return { name, threads, description, reason };
}
