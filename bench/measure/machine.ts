import { availableParallelism, cpus, totalmem } from 'node:os';
import { mean } from 'd3-array';
import { version } from '../../src/version.ts';

/** What a figure was measured on. */
export type Machine = Readonly<Record<string, string | number>>;

/** What others did on the machine while nothing was measured. */
export interface OtherWork {
  /** Cores that were busy, on average over half a second in which this process slept. */
  readonly busyCores: number;
  /** The mean time of a loop in registers, which little but other work can delay, in terms of its shortest. */
  readonly delay: number;
}

/** What every result file begins with. */
export interface Conditions {
  readonly machine: Machine;
  readonly otherWork: OtherWork;
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    v8: process.versions.v8,
    weft: version,
  };
}

/** Numbers of threads that are measured if none are named: one and two, as far as there are cores. */
export function usualThreads(): number[] {
  return [1, 2].filter((count) => count <= availableParallelism());
}

/** More than this of one core is enough to be seen in a figure. */
const mostBusyCores = 0.2;
const mostDelay = 1.05;

/** A line about other work on the machine, if there is enough of it to spoil a measurement. */
export function otherWorkWarning({ busyCores, delay }: OtherWork): string | null {
  if (busyCores <= mostBusyCores && delay <= mostDelay) return null;
  return (
    `the machine is busy (${busyCores.toFixed(2)} cores; a fixed loop takes ${delay.toFixed(2)} times its shortest ` +
    'time): other work makes every figure here worse'
  );
}

let conditions: Conditions | undefined;

/**
 * Before a measurement: warns of other work. Looks once in a process, since later the work is its own.
 *
 * @throws with `strict`, see `warn`
 */
export function checkMachine(strict: boolean): Conditions {
  if (conditions === undefined) {
    const otherWork = { busyCores: measureBusyCores(), delay: measureDelay() };
    conditions = { machine: describeMachine(), otherWork };
    warn(otherWorkWarning(otherWork), strict);
  }
  return conditions;
}

/** Prints a warning, if there is one. @throws with `strict`, instead of measuring beside other work */
export function warn(warning: string | null, strict: boolean): void {
  if (warning === null) return;
  if (strict) throw new Error(`${warning}; --strict: nothing was measured`);
  console.log(`warning: ${warning}`);
}

/** Milliseconds that all cores have worked so far, for anyone. */
function workedMilliseconds(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}

const watchMilliseconds = 500;

/**
 * The system's average over a minute would count what has ended meanwhile, such as the installation of the packages
 * just before a first benchmark.
 */
function measureBusyCores(): number {
  const [work, start] = [workedMilliseconds(), performance.now()];
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, watchMilliseconds);
  return (workedMilliseconds() - work) / (performance.now() - start);
}

const calibration = { runs: 100, rounds: 1_000_000 };

/** Sees what the cores of a virtual machine do not show: that others have them, too. Takes about a tenth of a second. */
function measureDelay(): number {
  const times: number[] = [];
  let value = 1;
  for (let run = 0; run < calibration.runs; run++) {
    const start = performance.now();
    for (let round = 0; round < calibration.rounds; round++) value = (Math.imul(value, 1664525) + 1) | 0;
    times.push(performance.now() - start);
  }
  // V8 compiles the loop during the first runs
  const settled = times.slice(calibration.runs / 10);
  return mean(settled)! / Math.min(...settled);
}
