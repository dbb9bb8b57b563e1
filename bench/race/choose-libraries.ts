import { usualThreads } from '../measure/machine.ts';
import { type Library, missing } from '../libraries/libraries.ts';
import type { ContenderRow } from './contenders.ts';

export interface RaceArguments {
  /** Measure nothing on a busy machine. */
  readonly strict: boolean;
  readonly what: 'step' | 'matmul' | 'inference' | 'all';
  readonly model: string;
  /** Batch sizes for `step` and `inference`; left out: 64 to train, 256 and 1 to classify. */
  readonly batchSize: readonly number[] | undefined;
  /** Numbers of threads, for libraries that can be told; left out: 1, and 2 where there are two cores. */
  readonly threads: readonly number[] | undefined;
  readonly rounds: number;
  /** Names of libraries, or parts of names; left out: all. weft always takes part. */
  readonly only: readonly string[] | undefined;
  readonly python: string;
  /** Folder for the result files. */
  readonly out: string | undefined;
}

/**
 * The libraries that take part, with each number of threads. A library that is not installed becomes a row that says so.
 *
 * @param does whether a library can do what is measured
 */
export function chooseLibraries(
  args: RaceArguments,
  libraries: readonly Library[],
  does: (library: Library) => boolean,
): { readonly ready: readonly (readonly [Library, number])[]; readonly rows: ContenderRow[] } {
  const { only, threads = usualThreads() } = args;
  const wanted = libraries.filter(
    (library) =>
      does(library) &&
      (library.name === 'weft' || only === undefined || only.some((part) => library.name.includes(part))),
  );
  const ready: [Library, number][] = [];
  const rows: ContenderRow[] = [];
  for (const library of wanted) {
    const reason = missing(library, args);
    if (reason !== null) {
      console.log(`${library.name}: skipped, ${reason}`);
      rows.push({ status: 'missing', name: library.name, reason });
    } else {
      for (const count of library.threads ? threads : [1]) ready.push([library, count]);
    }
  }
  return { ready, rows };
}
