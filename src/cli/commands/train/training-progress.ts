import type { BatchProgress } from '../../../train/training-options.ts';
import type { EpochResult } from '../../../train/history.ts';
import { percent } from '../../framework/percent.ts';
import { type Progress, startProgress } from '../../framework/progress.ts';

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
    const details = `loss ${loss.toFixed(4)}  accuracy ${percent(accuracy)}  ${speed(imagesPerSecond)}`;
    this.#bar.update(images, totalImages, details);
  }

  onEpoch(result: EpochResult): void {
    this.stop();
    if (!this.#silent) console.error(epochLine(result, this.#epochs));
  }

  /** Removes the bar. Call it however training ends. */
  stop(): void {
    this.#bar?.stop();
    this.#bar = null;
  }
}

function epochLine(result: EpochResult, epochs: number): string {
  const { epoch, loss, accuracy, validation, seconds, imagesPerSecond } = result;
  const width = String(epochs).length;
  const parts = [
    `epoch ${String(epoch).padStart(width)}/${epochs}`,
    `loss ${loss.toFixed(4)}`,
    `accuracy ${percent(accuracy)}`,
    ...(validation
      ? [`val_loss ${validation.loss.toFixed(4)}`, `val_accuracy ${percent(validation.accuracy)}`]
      : []),
    `${seconds.toFixed(2)} s`,
    speed(imagesPerSecond),
  ];
  return parts.join('  ');
}

function speed(imagesPerSecond: number): string {
  return `${Math.round(imagesPerSecond).toLocaleString('en-US')} images/s`;
}
