import type { ChosenEngine } from '../engine/create-engine.ts';

/** Which engine did the work, as the files of a run and the lines of `--json` say it. */
export interface EngineFacts {
  readonly name: string;
  readonly threads: number;
  readonly description: string;
  /** Why this engine was chosen. */
  readonly reason: string;
}

export function engineFacts({ engine, reason }: ChosenEngine): EngineFacts {
  return { name: engine.name, threads: engine.threads, description: engine.description, reason };
}
