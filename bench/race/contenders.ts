/** Contenders: checked first, then measured in turn. A contender is a library in one form, on a number of threads. */
import { checkAgreement } from '../measure/check.ts';
import { compare, type Ratio, type Spread, spread } from '../measure/spread.ts';
import { type BlockPlan, takeTurns } from '../measure/turns.ts';
import type { BatchesRun } from '../networks/measured-network.ts';

/** A library in the form in which it is raced: its blocks, and how to name it. */
export interface Contender extends BlockPlan {
  readonly name: string;
  readonly threads: number;
  /** The version of the library, and the form: `PyTorch 1.13.0, channels_last`. */
  readonly version: string;
  /** How its work differs from that of the others, if it does. */
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
  /** Work per second: images, or 10⁹ floating-point operations. */
  readonly speed: Spread;
  /** How many times as fast weft is, on the number of threads where weft is fastest; null for weft itself. */
  readonly ratio: Ratio | null;
}

/**
 * A contender without a time: it is not installed, it failed (with the message in `reason`), or it computes something
 * else.
 */
export interface UntimedRow {
  readonly status: 'missing' | 'failed' | 'disagrees';
  readonly name: string;
  readonly reason: string;
}

export type ContenderRow = TimedRow | UntimedRow;

/** One network and batch size, or one product, computed by all contenders. */
export interface Race {
  /** A network, or a product `64×784×32`. */
  readonly subject: string;
  readonly batchSize: number | null;
  /** The unit of all speeds. */
  readonly unit: 'images/s' | 'GFLOP/s';
  readonly rows: readonly ContenderRow[];
}

/** The first results of a network. */
export interface FirstResults {
  readonly logits: ArrayLike<number>;
  /** Losses of the first training steps; empty for inference. */
  readonly losses: readonly number[];
}

/** The results that a network must have, and the largest differences allowed. */
export interface NetworkCheck extends FirstResults {
  readonly logitBound: number;
  readonly lossBounds: readonly number[];
  /** The check of a slow contender stops after this time, but not before two steps. */
  readonly seconds: number;
}

export interface CheckedNetwork {
  logits(): Promise<ArrayLike<number>>;
  run(batches: number): Promise<BatchesRun>;
}

/** The logits of a fresh network, then the losses of its first `steps` training steps. */
export async function firstResults(network: CheckedNetwork, steps: number): Promise<FirstResults> {
  const logits = await network.logits();
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) losses.push((await network.run(1)).loss!);
  return { logits, losses };
}

/**
 * Compares the first results of a network with those of weft, before anything is timed.
 *
 * @throws AgreementError if a result differs by more than its bound
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

/** A contender computes something else than weft. */
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

/** The row of a contender that could not be timed. */
export function untimed(name: string, error: unknown): UntimedRow {
  const reason = (error as Error).message;
  return { status: error instanceof AgreementError ? 'disagrees' : 'failed', name, reason };
}

/** Measures contenders in turn. The first round warms up and is not counted. All others are compared with `weft`. */
export async function raceContenders(
  contenders: readonly Contender[],
  rounds: number,
  onRound: (round: number, speeds: readonly number[]) => void = () => {},
): Promise<TimedRow[]> {
  await takeTurns(contenders, 1);
  const measured = await takeTurns(contenders, rounds, onRound);
  const weft = contenders
    .map(({ name }, index) => ({ name, speeds: measured[index]! }))
    .filter(({ name }) => name === 'weft')
    .reduce<readonly number[] | null>(
      (best, { speeds }) => (best === null || spread(speeds).median > spread(best).median ? speeds : best),
      null,
    );
  return contenders.map(({ name, threads, version, differs, count }, index) => ({
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
