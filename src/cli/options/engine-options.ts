import { cpus } from 'node:os';
import type { Options } from 'yargs';
import {
  type ChosenEngine,
  createEngine,
  type EngineName,
  engineNames,
  type EngineOptions,
} from '../../engine/create-engine.ts';
import { integer } from '../framework/numbers.ts';
import type { Output } from '../framework/output.ts';

/** Heading of the options that say where and for whom a command runs, not what it does. */
export const running = 'Running:';

/** The options by which a command chooses what computes. */
export const engineOptions: {
  readonly engine: Options & { readonly choices: readonly EngineName[]; readonly default: EngineName };
  readonly threads: Options & { readonly coerce: (text: string) => number };
  readonly revectorize: Options & { readonly type: 'boolean'; readonly default: boolean };
} = {
  engine: {
    choices: engineNames,
    default: 'auto',
    requiresArg: true,
    describe: 'What computes; an engine asked for by name fails if it cannot run here',
    group: running,
  },
  threads: {
    type: 'string',
    requiresArg: true,
    describe: `Number of threads (this machine has ${cpus().length} cores)`,
    group: running,
    coerce: integer('threads', { from: 1, to: 64 }),
  },
  revectorize: {
    type: 'boolean',
    default: true,
    describe: 'Let V8 pack 128-bit SIMD into 256 bits (--no-revectorize turns it off)',
    group: running,
  },
};

export interface EngineArguments {
  readonly engine: EngineName;
  readonly threads: number | undefined;
  readonly revectorize: boolean;
}

/** The engine that was asked for. With a trial, `auto` also tries the GPU. */
export function startEngine(
  { engine, threads, revectorize }: EngineArguments,
  output: Output,
  trial?: EngineOptions['trial'],
): Promise<ChosenEngine> {
  return createEngine(engine, {
    ...(threads === undefined ? {} : { threads }),
    ...(trial === undefined ? {} : { trial }),
    revectorize,
    onNotice: (notice) => output.note(notice),
  });
}
