import { cpus, loadavg, totalmem } from 'node:os';
import { version } from '../src/version.ts';

/** What a figure was measured on: every result file carries it. */
export function describeMachine(): Readonly<Record<string, string | number>> {
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

/** More processes than this that want to run, on average over the last minute, are other work. */
const mostLoad = 0.5;
/** A loop that always does the same takes up to this many times its shortest time, on average, on a quiet machine. */
const mostDelay = 1.05;

/** A line about other work on the machine, if there is enough of it to spoil a measurement. */
export function loadWarning(load: number = loadavg()[0]!, delay: number = measureDelay()): string | null {
  if (load <= mostLoad && delay <= mostDelay) return null;
  return (
    `the machine is busy (load ${load.toFixed(2)}; a fixed loop takes ${delay.toFixed(2)} times its shortest time): ` +
    'other work makes every figure here worse'
  );
}

let firstWarning: string | null | undefined;

/**
 * Before a measurement: warns of other work, and returns the warning. Looks once in a process, since later the load is
 * its own. @throws with `strict`, see `warn`
 */
export function checkMachine(strict: boolean): string | null {
  if (firstWarning === undefined) {
    firstWarning = loadWarning();
    warn(firstWarning, strict);
  }
  return firstWarning;
}

/** Prints a warning, if there is one. @throws with `strict`, instead of measuring beside other work */
export function warn(warning: string | null, strict: boolean): void {
  if (warning === null) return;
  if (strict) throw new Error(`${warning}; --strict: nothing was measured`);
  console.log(`warning: ${warning}`);
}

const calibration = { runs: 100, rounds: 1_000_000 };

/**
 * The mean time of a loop in registers, which little but other work can delay, in terms of its shortest: a tenth of a
 * second shows what the average over a minute does not, such as a neighbour that has just begun.
 */
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
  return settled.reduce((sum, time) => sum + time, 0) / settled.length / Math.min(...settled);
}
