import { Presets, SingleBar } from 'cli-progress';

/** How far a task has come that counts. On stderr. */
export interface CountProgress {
  update(done: number): void;
  /** Leaves the terminal tidy, whether all is done or not. */
  stop(): void;
}

/** What is over before this is not worth showing. */
const patienceMilliseconds = 1000;
/** Between two plain lines, where there is no terminal. */
const lineMilliseconds = 5000;

/** A bar on a terminal, a line now and then elsewhere: `evaluating: 12,000 of 60,000 images`. */
export function countProgress(what: string, total: number, unit: string, quiet: boolean): CountProgress {
  if (quiet) return { update: () => {}, stop: () => {} };
  const start = performance.now();
  return process.stderr.isTTY ? bar(what, total, unit, start) : lines(what, total, unit, start);
}

function bar(what: string, total: number, unit: string, start: number): CountProgress {
  const format = `${what} {bar} {value}/{total} ${unit}  ETA {eta_formatted}`;
  const options = { format, stream: process.stderr, clearOnComplete: true, hideCursor: true, barsize: 30 };
  let shown: SingleBar | undefined;
  return {
    update(done) {
      if (shown === undefined && performance.now() - start > patienceMilliseconds) {
        shown = new SingleBar(options, Presets.shades_classic);
        shown.start(total, done);
      }
      shown?.update(done);
    },
    stop: () => shown?.stop(),
  };
}

function lines(what: string, total: number, unit: string, start: number): CountProgress {
  let next = start + patienceMilliseconds;
  return {
    update(done) {
      if (performance.now() < next) return;
      next = performance.now() + lineMilliseconds;
      console.error(`${what}: ${done.toLocaleString('en-US')} of ${total.toLocaleString('en-US')} ${unit}`);
    },
    stop: () => {},
  };
}
