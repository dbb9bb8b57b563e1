import { usualThreads } from '../measure/machine.ts';
import { type ContenderSpec, missing } from '../peers/contenders.ts';
import type { PeerRow } from './participants.ts';

export interface PeersArguments {
  /** Measures nothing on a busy machine. */
  readonly strict: boolean;
  readonly what: 'step' | 'matmul' | 'inference' | 'all';
  readonly model: string;
  /** Of `inference` and `step`; 64 to train, 256 and 1 to classify, if left out. */
  readonly batchSize: readonly number[] | undefined;
  /** For those that can be told; one and two if left out, as far as there are so many. */
  readonly threads: readonly number[] | undefined;
  readonly rounds: number;
  /** Names, or parts of names; all if left out. weft always takes part. */
  readonly only: readonly string[] | undefined;
  readonly python: string;
  /** Folder for the results. */
  readonly out: string | undefined;
}

/** The contenders that do something, on each number of threads; those that are not installed as rows. */
export function candidates(
  args: PeersArguments,
  specs: readonly ContenderSpec[],
  does: (spec: ContenderSpec) => boolean,
): { readonly ready: readonly (readonly [ContenderSpec, number])[]; readonly rows: PeerRow[] } {
  const { only, threads = usualThreads() } = args;
  const wanted = specs.filter(
    (spec) =>
      does(spec) &&
      (spec.name === 'weft' || only === undefined || only.some((part) => spec.name.includes(part))),
  );
  const ready: [ContenderSpec, number][] = [];
  const rows: PeerRow[] = [];
  for (const spec of wanted) {
    const reason = missing(spec, args);
    if (reason !== null) {
      console.log(`${spec.name}: skipped, ${reason}`);
      rows.push({ status: 'missing', name: spec.name, reason });
    } else {
      for (const count of spec.threads ? threads : [1]) ready.push([spec, count]);
    }
  }
  return { ready, rows };
}
