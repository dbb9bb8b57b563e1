import { Presets, SingleBar } from 'cli-progress';

/** How many of a known number of things are done. */
export interface CountProgress {
  update(done: number): void;
  /** Leaves the terminal tidy; may be called twice. */
  stop(): void;
}

/** Parts of the whole after which a line is printed where there is no terminal for a bar. */
const lines = 4;

/** A bar on stderr; a few lines where that is no terminal; nothing if `quiet`. */
export function createCountProgress(what: string, total: number, quiet: boolean): CountProgress {
  if (quiet) return { update: () => {}, stop: () => {} };
  if (!process.stderr.isTTY) {
    const every = Math.ceil(total / lines);
    return {
      update: (done) => {
        if (done % every === 0) console.error(`${done} of ${total} ${what}`);
      },
      stop: () => {},
    };
  }
  const format = `{bar} {value} of {total} ${what}  ETA {eta_formatted}`;
  const settings = { format, stream: process.stderr, clearOnComplete: true, hideCursor: true, barsize: 30 };
  const bar = new SingleBar(settings, Presets.shades_classic);
  bar.start(total, 0);
  return { update: (done) => bar.update(done), stop: () => bar.stop() };
}
