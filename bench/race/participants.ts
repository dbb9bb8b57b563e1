/** Contenders of any kind, each in a process of its own: checked first, then measured in turn. */
import { checkAgreement } from '../measure/check.ts';
import { compare, type Ratio, type Spread, spread } from '../measure/spread.ts';
import { type Contender, takeTurns } from '../measure/turns.ts';
import type { BatchesRun } from '../networks/runner.ts';

/** What a contender can be asked to do, whatever does it. */
export interface Participant extends Contender {
  readonly name: string;
  readonly threads: number;
  /** What exactly runs. */
  readonly version: string;
  /** What it does that is not the same. */
  readonly differs?: string;
}

export interface TimedRow {
  readonly status: 'timed';
  readonly name: string;
  readonly threads: number;
  readonly version: string;
  readonly differs?: string;
  /** Batches or products in a block. */
  readonly count: number;
  /** Work in a second: images, or 10⁹ operations. */
  readonly speed: Spread;
  /** How many times as fast weft is, on the number of threads that is fastest for it; null for weft itself. */
  readonly ratio: Ratio | null;
}

/** Not installed; ended in an error, its own words in `reason`; computed something else. None of them is timed. */
export interface UntimedRow {
  readonly status: 'missing' | 'failed' | 'disagrees';
  readonly name: string;
  readonly reason: string;
}

export type PeerRow = TimedRow | UntimedRow;

/** One network and batch size, or one product, by all contenders. */
export interface PeersRace {
  /** A network, or a product `64×784×32`. */
  readonly subject: string;
  readonly batchSize: number | null;
  /** Unit of speeds. */
  readonly unit: 'images/s' | 'GFLOP/s';
  readonly rows: readonly PeerRow[];
}

/** What a network computes at first. */
export interface FirstResults {
  readonly logits: ArrayLike<number>;
  /** Of the first steps; empty if there is none to compare. */
  readonly losses: readonly number[];
}

/** The results that a network must have, and how exactly. */
export interface NetworkCheck extends FirstResults {
  readonly logitBound: number;
  readonly lossBounds: readonly number[];
  /** A slow contender does fewer steps, two at least, within this time. */
  readonly seconds: number;
}

export interface CheckedNetwork {
  logits(): Promise<ArrayLike<number>>;
  run(batches: number): Promise<BatchesRun>;
}

/** Of a network that has done nothing yet: it does so many steps. */
export async function firstResults(network: CheckedNetwork, steps: number): Promise<FirstResults> {
  const logits = await network.logits();
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) losses.push((await network.run(1)).loss!);
  return { logits, losses };
}

/**
 * Compares a network with another one, weft's, before anything is timed.
 *
 * @throws AgreementError if it computes something else
 */
export async function checkNetwork(
  network: CheckedNetwork,
  { logits, losses, logitBound, lossBounds, seconds }: NetworkCheck,
  { name, rectified = false, differs }: { name: string; rectified?: boolean; differs?: string },
): Promise<void> {
  const expected = rectified ? Array.from(logits, (value) => Math.max(0, value)) : logits;
  agree(await network.logits(), expected, logitBound, `${name}: logits`);
  if (differs !== undefined) return;
  const begin = performance.now();
  for (const [step, loss] of losses.entries()) {
    if (step >= 2 && performance.now() - begin > 1000 * seconds) break;
    const run = await network.run(1);
    agree([run.loss ?? Number.NaN], [loss], lossBounds[step]!, `${name}: loss of step ${step + 1}`);
  }
}

/** A contender that computes something else. */
export class AgreementError extends Error {
  override readonly name = 'AgreementError';
}

export function agree(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  bound: number,
  what: string,
): void {
  try {
    checkAgreement(actual, expected, bound, what);
  } catch (error) {
    throw new AgreementError((error as Error).message, { cause: error });
  }
}

/** The row of a contender that was to be started. */
export function untimed(name: string, error: unknown): UntimedRow {
  const reason = (error as Error).message;
  return { status: error instanceof AgreementError ? 'disagrees' : 'failed', name, reason };
}

/** Measures them in turn. The first round warms up and is not counted. A name `weft` is what all others are compared to. */
export async function raceParticipants(
  participants: readonly Participant[],
  rounds: number,
  onRound: (round: number, speeds: readonly number[]) => void = () => {},
): Promise<TimedRow[]> {
  await takeTurns(participants, 1);
  const measured = await takeTurns(participants, rounds, onRound);
  const weft = participants
    .map(({ name }, index) => ({ name, speeds: measured[index]! }))
    .filter(({ name }) => name === 'weft')
    .reduce<readonly number[] | null>(
      (best, { speeds }) => (best === null || spread(speeds).median > spread(best).median ? speeds : best),
      null,
    );
  return participants.map(({ name, threads, version, differs, count }, index) => ({
    status: 'timed',
    name,
    threads,
    version,
    ...(differs === undefined ? {} : { differs }),
    count,
    speed: spread(measured[index]!),
    ratio: name === 'weft' || weft === null ? null : compare(weft, measured[index]!),
  }));
}
