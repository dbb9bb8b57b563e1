import { cpus } from 'node:os';
import type { Options } from 'yargs';
import type { Engine } from '../../engine/engine.ts';
import {
  createEngine,
  type EngineName,
  engineNames,
  type EngineOptions,
} from '../../engine/create-engine.ts';
import { integer } from '../framework/numbers.ts';
import type { Output } from '../framework/output.ts';
import { PreparationProgress } from '../framework/preparation-progress.ts';

/** Heading, on help pages, of the options that say where a command runs and what it prints. */
export const running = 'Running:';

/** `--json` of commands that say more than one thing. */
export const jsonOption: Options & { readonly type: 'boolean'; readonly default: boolean } = {
  type: 'boolean',
  default: false,
  describe: 'Print JSON instead of text, one object on each line',
  group: running,
};

/** The options that choose the engine of a command. */
export const engineOptions: {
  readonly engine: Options & { readonly choices: readonly EngineName[]; readonly default: EngineName };
  readonly threads: Options & { readonly coerce: (text: string) => number };
  readonly revectorize: Options & { readonly type: 'boolean'; readonly default: boolean };
} = {
  engine: {
    choices: engineNames,
    default: 'auto',
    requiresArg: true,
    describe: 'What computes: auto takes the fastest that runs here; another one fails if it cannot run here',
    group: running,
  },
  threads: {
    type: 'string',
    requiresArg: true,
    describe: `Number of threads, always; without it one for each core, up to 8, and fewer while other programs keep the cores busy (this machine has ${cpus().length})`,
    group: running,
    coerce: integer('threads', { from: 1, to: 64 }),
  },
  revectorize: {
    type: 'boolean',
    default: true,
    describe: 'Let V8 pack 128-bit SIMD into 256 bits (turn off with --no-revectorize)',
    group: running,
  },
};

export interface EngineArguments {
  readonly engine: EngineName;
  readonly threads: number | undefined;
  readonly revectorize: boolean;
}

export interface StartOptions {
  /** With it, `auto` tries the GPU, too: it times each engine. */
  readonly trial?: EngineOptions['trial'];
  /** Ends what the engine prepares. */
  readonly signal?: AbortSignal;
}

/** Starts the engine that was asked for. What it prepares is shown, if it takes long. */
export function startEngine(
  { engine, threads, revectorize }: EngineArguments,
  output: Output,
  { trial, signal }: StartOptions = {},
): Promise<Engine> {
  return createEngine(engine, {
    ...(threads === undefined ? {} : { threads }),
    ...(trial === undefined ? {} : { trial }),
    revectorize,
    ...(signal === undefined ? {} : { signal }),
    onNotice: (notice) => output.note(notice),
    onPreparation: new PreparationProgress({ silent: output.isSilent }).show,
  });
}
