import { type Bar, Presets, SingleBar } from 'cli-progress';
import type { BatchProgress } from '../../train/training-options.ts';
import type { EpochResult } from '../../train/history.ts';

/** What is shown while a run goes on. Everything goes to stderr: stdout is for results. */
export interface Progress {
  onBatch(progress: BatchProgress): void;
  onEpoch(result: EpochResult): void;
  /** Leaves the terminal tidy when a run ends early. */
  stop(): void;
}

export function createProgress(kind: 'quiet' | 'lines', epochs: number): Progress {
  if (kind === 'quiet') return { onBatch: () => {}, onEpoch: () => {}, stop: () => {} };
  const printLine = (result: EpochResult): void => console.error(epochLine(result, epochs));
  if (!process.stderr.isTTY) return { onBatch: () => {}, onEpoch: printLine, stop: () => {} };
  return terminalProgress(epochs, printLine);
}

const redrawMilliseconds = 80;

/** A bar for the epoch that runs; a line for each that is done. */
function terminalProgress(epochs: number, printLine: (result: EpochResult) => void): Progress {
  let bar: Bar | undefined;
  let drawn = 0;
  const clear = (): void => {
    bar?.stop();
    bar = undefined;
  };
  return {
    onBatch({ epoch, images, totalImages, loss, accuracy, imagesPerSecond }) {
      // a step takes less time than writing its numbers out
      if (bar !== undefined && performance.now() - drawn < redrawMilliseconds) return;
      drawn = performance.now();
      const payload = {
        loss: loss.toFixed(4),
        accuracy: percent(accuracy),
        speed: Math.round(imagesPerSecond).toLocaleString('en-US'),
      };
      if (bar !== undefined) {
        bar.update(images, payload);
        return;
      }
      bar = new SingleBar(
        {
          format: barFormat(epoch, epochs),
          stream: process.stderr,
          clearOnComplete: true,
          hideCursor: true,
          barsize: 30,
        },
        Presets.shades_classic,
      );
      bar.start(totalImages, images, payload);
    },
    onEpoch(result) {
      clear();
      printLine(result);
    },
    stop: clear,
  };
}

function barFormat(epoch: number, epochs: number): string {
  return `epoch ${epoch}/${epochs} {bar} {percentage}%  loss {loss}  accuracy {accuracy}  {speed} images/s  ETA {eta_formatted}`;
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
    `${Math.round(imagesPerSecond).toLocaleString('en-US')} images/s`,
  ];
  return parts.join('  ');
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
