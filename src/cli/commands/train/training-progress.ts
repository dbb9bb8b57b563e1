import type { BatchProgress } from '../../../train/training-options.ts';
import type { EpochResult } from '../../../train/history.ts';
import { percent } from '../../framework/percent.ts';
import { type Progress, startProgress } from '../../framework/progress.ts';
import { terminalColumns } from '../../framework/terminal-columns.ts';
import { epochLine, speed } from './epoch-line.ts';

/** Shows a run of training on stderr: a bar for the current epoch, if this is a terminal, and a line for each finished one. */
export class TrainingProgress {
  readonly #epochs: number;
  readonly #silent: boolean;
  #bar: Progress | null = null;

  constructor(epochs: number, { silent }: { readonly silent: boolean }) {
    this.#epochs = epochs;
    this.#silent = silent;
  }

  onBatch({ epoch, images, totalImages, loss, accuracy, imagesPerSecond }: BatchProgress): void {
    this.#bar ??= startProgress({
      task: `epoch ${epoch}/${this.#epochs}`,
      unit: 'images',
      // where there is no bar, the lines of the epochs are enough
      silent: this.#silent || !process.stderr.isTTY,
      patienceMilliseconds: 0,
    });
    this.#bar.update(images, totalImages, [
      `loss ${loss.toFixed(4)}`,
      `accuracy ${percent(accuracy)}`,
      speed(imagesPerSecond),
    ]);
  }

  onEpoch(result: EpochResult): void {
    this.stop();
    if (!this.#silent) console.error(epochLine(result, this.#epochs, terminalColumns(process.stderr)));
  }

  /** Removes the bar. Call it however training ends. */
  stop(): void {
    this.#bar?.stop();
    this.#bar = null;
  }
}
