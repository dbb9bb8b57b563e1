import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { mean } from 'd3-array';
import { version } from '../../src/version.ts';

/** The machine and the versions of a measurement. */
export type Machine = Readonly<Record<string, string | number>>;

/** Work of other processes, watched before a measurement. */
export interface OtherWork {
  /** Busy cores, on average over half a second in which this process slept. */
  readonly busyCores: number;
  /** Mean time of a loop in registers, divided by its shortest time. Only other work can delay such a loop. */
  readonly delay: number;
}

/** The part that all result files have in common. */
export interface Conditions {
  readonly machine: Machine;
  readonly otherWork: OtherWork;
}

export function describeMachine(): Machine {
  return {
    cpu: cpuName(),
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    v8: process.versions.v8,
    weft: version,
  };
}

/** The processor's name. Those of virtual machines are short: where Linux knows family and model, they tell the generation. */
function cpuName(): string {
  const name = cpus()[0]?.model ?? 'unknown';
  const info = existsSync(cpuInfo) ? readFileSync(cpuInfo, 'utf8') : '';
  const [family, model] = ['cpu family', 'model'].map(
    (key) => new RegExp(`^${key}\\s*: (\\d+)$`, 'm').exec(info)?.[1],
  );
  return family && model ? `${name} (family ${family}, model ${model})` : name;
}

const cpuInfo = '/proc/cpuinfo';

/** The default numbers of threads: 1, and 2 where there are two cores. */
export function usualThreads(): number[] {
  return [1, 2].filter((count) => count <= availableParallelism());
}

/** Other work above these limits changes figures visibly. */
const mostBusyCores = 0.2;
const mostDelay = 1.05;

/** A warning, if other work on the machine spoils measurements; otherwise null. */
export function otherWorkWarning({ busyCores, delay }: OtherWork): string | null {
  if (busyCores <= mostBusyCores && delay <= mostDelay) return null;
  return (
    `the machine is busy (${busyCores.toFixed(2)} cores; a fixed loop takes ${delay.toFixed(2)} times its shortest ` +
    'time): other work makes every figure here worse'
  );
}

let conditions: Conditions | undefined;

/**
 * Warns of other work before a measurement. It watches the machine once in a process: later the work is its own.
 *
 * @throws Error with `strict`, see `warn`
 */
export function checkMachine(strict: boolean): Conditions {
  if (conditions === undefined) {
    const otherWork = { busyCores: measureBusyCores(), delay: measureDelay() };
    conditions = { machine: describeMachine(), otherWork };
    warn(otherWorkWarning(otherWork), strict);
  }
  return conditions;
}

/**
 * Prints a warning, if there is one.
 *
 * @throws Error with the warning if `strict` is set
 */
export function warn(warning: string | null, strict: boolean): void {
  if (warning === null) return;
  if (strict) throw new Error(`${warning}; --strict: nothing was measured`);
  console.log(`warning: ${warning}`);
}

/** Milliseconds that all cores have worked so far, for all processes. */
function workedMilliseconds(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}

const watchMilliseconds = 500;

/**
 * Measures the work of half a second. The load average of the system covers a minute, and would count work that has ended,
 * such as an installation just before the first benchmark.
 */
function measureBusyCores(): number {
  const [work, start] = [workedMilliseconds(), performance.now()];
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, watchMilliseconds);
  return (workedMilliseconds() - work) / (performance.now() - start);
}

const calibration = { runs: 100, rounds: 1_000_000 };

/** Detects other virtual machines on the same cores, which the times of the cores do not show. Takes about 0.1 s. */
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
