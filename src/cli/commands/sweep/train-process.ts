/** A run of a sweep, trained by a process of its own: `weft train` with other words. */
import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { configFile } from '../../../run/config.ts';
import { readHistory } from '../../../run/history.ts';
import type { OptionValues } from '../../../sweep/space.ts';
import type { EpochResult } from '../../../train/history.ts';
import { interruptedStatus } from '../../framework/interrupt.ts';
import { flagWords } from '../../options/preset.ts';
import { isModelFile } from './sweep-options.ts';

export interface TrainedPart {
  /** The epochs that the run has finished, with those of before. */
  readonly history: readonly EpochResult[];
  /** Why it has failed, in one line: it has diverged, or its options do not go together; null if it has not. */
  readonly failure: string | null;
}

export interface TrainProcessOptions {
  /** Of `weft train`, without those that this adds. */
  readonly options: OptionValues;
  readonly seed: number;
  /** The epoch to stop after; null for all. */
  readonly until: number | null;
  /** Of the run. If one has begun in it, that goes on. */
  readonly folder: string;
  readonly threads: number | null;
  /** Whether the test examples are looked at, at the end, and a report is written. */
  readonly test: boolean;
  /** Ends it as Ctrl-C does: the run saves its state. */
  readonly signal: AbortSignal;
  readonly onEpoch?: (result: EpochResult) => void;
}

/** The process was ended from outside: nothing is wrong with its run, which can go on. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/**
 * Trains a run, or goes on with it.
 *
 * @throws Interrupted; Error in one line if it failed for a reason that has nothing to do with its options, such as a full disk
 */
export async function trainInProcess(run: TrainProcessOptions): Promise<TrainedPart> {
  const { folder, signal, onEpoch } = run;
  if (signal.aborted) throw new Interrupted('interrupted');
  const goesOn = existsSync(join(folder, configFile));
  // what a killed process has made before there was a configuration is no run
  if (!goesOn) rmSync(folder, { recursive: true, force: true });
  const child = spawn(process.execPath, [process.argv[1]!, 'train', ...wordsOf(run, goesOn)], {
    // a group of its own, so that Ctrl-C in a terminal comes once; a channel, so that it ends with this process
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const interrupt = (): void => void child.kill('SIGINT');
  signal.addEventListener('abort', interrupt);
  let diverged: string | null = null;
  const lines = createInterface({ input: child.stdout! });
  lines.on('line', (line) => {
    const event = parse(line);
    if (event?.['event'] === 'epoch') onEpoch?.(event as unknown as EpochResult);
    if (event?.['event'] === 'diverged') diverged = String(event['message']);
  });
  let errors = '';
  child.stderr!.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-4096)));
  const status = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signalName) => resolve(code ?? signalName));
  }).finally(() => signal.removeEventListener('abort', interrupt));

  if (status === interruptedStatus || signal.aborted) throw new Interrupted('interrupted');
  if (status === 0) return { history: readHistory(folder), failure: null };
  const last =
    errors
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/^weft: /, '') ?? '';
  if (diverged !== null) return { history: readHistory(folder), failure: diverged };
  // a mistake in the words, of which only the options are not ours
  if (status === 2) return { history: [], failure: last };
  throw new Error(
    `a run has ended with ${typeof status === 'number' ? `status ${status}` : status}: ${last}`,
  );
}

function wordsOf(
  { options, seed, until, folder, threads, test }: TrainProcessOptions,
  goesOn: boolean,
): string[] {
  // a run that goes on keeps its layers: the file that they came from may be elsewhere on this machine
  const { model, ...others } = options;
  return [
    ...flagWords(Object.entries(goesOn && isModelFile(model) ? others : options)),
    '--seed',
    String(seed),
    goesOn ? '--resume' : '--out',
    folder,
    ...(until === null ? [] : ['--until', String(until)]),
    ...(threads === null ? [] : ['--threads', String(threads)]),
    ...(test ? [] : ['--no-test', '--no-report']),
    '--json',
  ];
}

function parse(line: string): Readonly<Record<string, unknown>> | null {
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return null;
  }
}
