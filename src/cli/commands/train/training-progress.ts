import type { BatchProgress } from '../../../train/training-options.ts';
import { type EpochResult, metricIn } from '../../../train/history.ts';
import { type Progress, startProgress } from '../../framework/progress.ts';
import { terminalColumns } from '../../framework/terminal-columns.ts';
import { epochLine, lossText, metricText, speed, type Unit } from './epoch-line.ts';

/** Shows a run of training on stderr: a bar for the current epoch, if this is a terminal, and a line for each finished one. */
export class TrainingProgress {
  readonly #epochs: number;
  readonly #unit: Unit;
  readonly #silent: boolean;
  #bar: Progress | null = null;

  constructor(epochs: number, { unit, silent }: { readonly unit: Unit; readonly silent: boolean }) {
    this.#epochs = epochs;
    this.#unit = unit;
    this.#silent = silent;
  }

  onBatch(batch: BatchProgress): void {
    const { epoch, images, totalImages, loss, imagesPerSecond } = batch;
    const metric = metricIn(batch);
    this.#bar ??= startProgress({
      task: `epoch ${epoch}/${this.#epochs}`,
      unit: this.#unit,
      // where there is no bar, the lines of the epochs are enough
      silent: this.#silent || !process.stderr.isTTY,
      patienceMilliseconds: 0,
    });
    this.#bar.update(images, totalImages, [
      `loss ${lossText(loss, metric)}`,
      metricText(metric, batch[metric]),
      speed(imagesPerSecond, this.#unit),
    ]);
  }

  onEpoch(result: EpochResult): void {
    this.stop();
    if (!this.#silent)
      console.error(epochLine(result, this.#epochs, terminalColumns(process.stderr), this.#unit));
  }

  /** Removes the bar. Call it however training ends. */
  stop(): void {
    this.#bar?.stop();
    this.#bar = null;
  }
}
