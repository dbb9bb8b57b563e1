import { Presets, SingleBar } from 'cli-progress';
import type { RungResult } from './climb.ts';
import type { Rung } from '../rung.ts';
import { figure } from './table.ts';

/** Progress of the ladder on stderr: a bar on a terminal, otherwise a line for each rung. */
export interface LadderProgress {
  onMeasure(rung: Rung, size: number): void;
  onRung(result: RungResult): void;
  stop(): void;
}

export function ladderProgress(measurements: number): LadderProgress {
  if (!process.stderr.isTTY) return { onMeasure: () => {}, onRung: printRung, stop: () => {} };
  const bar = new SingleBar(
    {
      format: '{bar} {value}/{total}  {what}',
      stream: process.stderr,
      clearOnComplete: true,
      barsize: 30,
      // the bar must not change the terminal: without a listener for Ctrl-C, which would only run after a measurement,
      // nothing could restore it
      gracefulExit: false,
      linewrap: true,
    },
    Presets.shades_classic,
  );
  bar.start(measurements, 0, { what: '' });
  let done = 0;
  return {
    onMeasure(rung, size) {
      bar.update(done, { what: `${rung.name}, n = ${size}` });
      bar.render();
      done += 1;
    },
    onRung: () => {},
    stop: () => bar.stop(),
  };
}

function printRung({ name, speeds, unavailable }: RungResult): void {
  const parts = speeds.map((result) => ('gflops' in result ? figure(result.gflops.median) : '–'));
  console.error(`${name}: ${unavailable === null ? `${parts.join('  ')} GFLOP/s` : 'skipped'}`);
}
