/** The folder of a sweep: its settings, a line for each result, and a folder for each run. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { readTextFile } from '../../../read-file.ts';
import {
  type Expected,
  firstMismatch,
  isAtLeast0,
  isCount,
  isText,
  optional,
} from '../../../run/expected.ts';
import { isLockFile, lockFolder } from '../../../run/lock.ts';
import type { Sweep, Job, JobResult } from '../../../sweep/sweep.ts';
import { UsageError } from '../../framework/usage-error.ts';

const sweepFile = 'sweep.json';
const resultsFile = 'results.jsonl';
const maxBytes = 2 ** 28;

export interface SavedSweep {
  readonly sweep: Sweep;
  /** A name of its own, for a queue that has more than one. */
  readonly id: string;
}

/** A sweep that this process alone writes to. */
export class SweepFolder {
  readonly path: string;
  readonly saved: SavedSweep;
  /** Of the jobs that are done. */
  readonly results: readonly JobResult[];
  readonly #release: () => void;

  private constructor(path: string, saved: SavedSweep, release: () => void) {
    this.path = path;
    this.saved = saved;
    this.#release = release;
    this.results = readResults(join(path, resultsFile), { repair: true });
  }

  /**
   * Makes the folder of a sweep, or goes on with it.
   *
   * @throws UsageError if there is something else in the folder, or another sweep
   */
  static open(path: string, sweep: Sweep): SweepFolder {
    mkdirSync(path, { recursive: true });
    const release = lockFolder(path);
    try {
      const known = existsSync(join(path, sweepFile)) ? readSweep(path) : null;
      if (
        known === null &&
        readdirSync(path).some((file) => !isLockFile(file) && file !== `${sweepFile}.tmp`)
      ) {
        throw new UsageError(
          `--out ${path}: the folder is not empty, and not that of a sweep; choose a new one`,
        );
      }
      if (known !== null && !isSame(known.sweep, sweep)) {
        throw new UsageError(
          `--out ${path}: another sweep is in this folder; choose a new one, or use the file that this one began with`,
        );
      }
      const saved = { sweep, id: known?.id ?? newId() };
      // whole, or as it was
      const temporary = join(path, `${sweepFile}.tmp`);
      writeFileSync(temporary, `${JSON.stringify(saved, null, 2)}\n`);
      renameSync(temporary, join(path, sweepFile));
      return new SweepFolder(path, saved, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Of a run, which it makes if need be. */
  runFolder(job: Pick<Job, 'trial' | 'seed'>): string {
    mkdirSync(join(this.path, 'runs'), { recursive: true });
    return runFolder(this.path, job);
  }

  record(result: JobResult): void {
    appendFileSync(join(this.path, resultsFile), `${JSON.stringify(result)}\n`);
  }

  close(): void {
    this.#release();
  }
}

/** `runs/7-1`: trial 7 with seed 1. */
export function runFolder(path: string, { trial, seed }: Pick<Job, 'trial' | 'seed'>): string {
  return join(path, 'runs', `${trial}-${seed}`);
}

/** What is in the folder of a sweep, for who only looks. @throws UsageError if it is none */
export function readSweepFolder(path: string): SavedSweep & { readonly results: readonly JobResult[] } {
  if (!existsSync(join(path, sweepFile))) {
    throw new UsageError(`${path}: this is not the folder of a sweep, there is no ${sweepFile} in it`);
  }
  return { ...readSweep(path), results: readResults(join(path, resultsFile), { repair: false }) };
}

function readSweep(path: string): SavedSweep {
  const file = join(path, sweepFile);
  const content = JSON.parse(readTextFile(file, { maxBytes })) as SavedSweep;
  const mismatch = firstMismatch(content, {
    id: isText,
    sweep: { seeds: Array.isArray, trials: isCount, space: Array.isArray, metric: isText },
  });
  if (mismatch !== null) throw new Error(`${file}: ${mismatch}`);
  return content;
}

/** A new limit of time is no other sweep. */
function isSame(a: Sweep, b: Sweep): boolean {
  return JSON.stringify({ ...a, minutes: null }) === JSON.stringify({ ...b, minutes: null });
}

/** What a line of the results is. */
export const expectedResult: { readonly [field in keyof JobResult]: Expected } = {
  trial: isCount,
  seed: isCount,
  rung: isCount,
  epochs: isCount,
  score: optional((value) => Number.isFinite(value)),
  failure: optional(isText),
  seconds: isAtLeast0,
  where: isText,
};

/** @param repair cuts off a last line without its end: the process was killed while it wrote this line */
function readResults(file: string, { repair }: { readonly repair: boolean }): JobResult[] {
  if (!existsSync(file)) return [];
  const text = readTextFile(file, { maxBytes });
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (repair && whole.length < text.length) truncateSync(file, Buffer.byteLength(whole));
  return whole
    .split('\n')
    .slice(0, -1)
    .map((line, index) => {
      const mismatch = mismatchOf(line);
      if (mismatch !== null) throw new Error(`${file}: line ${index + 1}: ${mismatch}`);
      return JSON.parse(line) as JobResult;
    });
}

function mismatchOf(line: string): string | null {
  try {
    return firstMismatch(JSON.parse(line), expectedResult);
  } catch {
    return 'it is not JSON';
  }
}

function newId(): string {
  return crypto.randomUUID().slice(0, 13);
}
