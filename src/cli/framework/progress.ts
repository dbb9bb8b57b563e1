import { Presets, SingleBar } from 'cli-progress';
import { terminalColumns } from './terminal-columns.ts';

/** Shows on stderr how far a task has come: stdout is for results. */
export interface Progress {
  /** @param details shown on a bar, after the percentage, as far as there is room */
  update(done: number, total: number, details?: readonly string[]): void;
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
    update(done, total, details = []) {
      const { barsize, shownDetails } = fitBar(task, details, terminalColumns(process.stderr));
      const values = { details: shownDetails };
      if (shown === undefined && performance.now() >= due) {
        shown = new SingleBar(
          {
            format: `${task} {bar} {percentage}%{details}  ETA {eta_formatted}`,
            stream: process.stderr,
            clearOnComplete: true,
            hideCursor: true,
            barsize,
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

/** `  100%` and `  ETA 1h00m` */
const barFrame = 1 + 6 + 11;
const widestBar = 30;
const narrowestBar = 10;

/** Leaves out the last details that do not fit beside a bar, then gives the bar what remains. */
export function fitBar(
  task: string,
  details: readonly string[],
  columns: number,
): { readonly barsize: number; readonly shownDetails: string } {
  const room = columns - 1 - task.length - barFrame;
  const texts = details.map((_, index) =>
    details
      .slice(0, details.length - index)
      .map((detail) => `  ${detail}`)
      .join(''),
  );
  const shownDetails = texts.find((text) => text.length + narrowestBar <= room) ?? '';
  return {
    shownDetails,
    barsize: Math.max(1, Math.min(widestBar, room - shownDetails.length)),
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
