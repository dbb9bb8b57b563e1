import { Presets, SingleBar } from 'cli-progress';

/** Shows on stderr how far a task has come: stdout is for results. */
export interface Progress {
  /** @param details shown on a bar, after the percentage */
  update(done: number, total: number, details?: string): void;
  /** Removes the bar. Call it however the task ends. */
  stop(): void;
}

export interface ProgressOptions {
  /** `evaluating` */
  readonly task: string;
  /** What is counted: `images`. A bar shows a percentage instead. */
  readonly unit: string;
  /** Shows nothing. */
  readonly silent: boolean;
  /** A task that ends within this time shows nothing; 1000 by default. */
  readonly patienceMilliseconds?: number;
}

/** Between two lines, where there is no terminal. */
const lineMilliseconds = 3000;

/** A bar on a terminal; elsewhere a line now and then: `evaluating: 12,000 of 60,000 images`. */
export function startProgress(options: ProgressOptions): Progress {
  if (options.silent) return { update: () => {}, stop: () => {} };
  const due = performance.now() + (options.patienceMilliseconds ?? 1000);
  return process.stderr.isTTY ? bar(options, due) : lines(options, due);
}

function bar({ task }: ProgressOptions, due: number): Progress {
  let shown: SingleBar | undefined;
  return {
    update(done, total, details = '') {
      const values = { details: details && `  ${details}` };
      if (shown === undefined && performance.now() >= due) {
        shown = new SingleBar(
          {
            format: `${task} {bar} {percentage}%{details}  ETA {eta_formatted}`,
            stream: process.stderr,
            clearOnComplete: true,
            hideCursor: true,
            barsize: 30,
          },
          Presets.shades_classic,
        );
        shown.start(total, done, values);
      }
      shown?.update(done, values);
    },
    stop() {
      shown?.stop();
      shown = undefined;
    },
  };
}

function lines({ task, unit }: ProgressOptions, due: number): Progress {
  let next = due;
  return {
    update(done, total) {
      if (performance.now() < next) return;
      next = performance.now() + lineMilliseconds;
      console.error(`${task}: ${done.toLocaleString('en-US')} of ${total.toLocaleString('en-US')} ${unit}`);
    },
    stop: () => {},
  };
}
