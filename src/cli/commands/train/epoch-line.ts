import type { EpochResult } from '../../../train/history.ts';
import { percent } from '../../framework/percent.ts';

/** A finished epoch as one line; in a narrow terminal its names are short, then the least important parts are left out. */
export function epochLine(result: EpochResult, epochs: number, columns: number): string {
  const lines = [partsOf(result, epochs, fullNames), ...shorterParts(partsOf(result, epochs, shortNames))];
  const texts = lines.map((parts) => parts.join('  '));
  return texts.find((text) => text.length <= columns) ?? texts.at(-1)!.slice(0, columns);
}

/** `190,000 images/s` */
export function speed(imagesPerSecond: number): string {
  return `${Math.round(imagesPerSecond).toLocaleString('en-US')} images/s`;
}

const fullNames = {
  accuracy: (share: number): string => `accuracy ${percent(share)}`,
  validation: (loss: number, accuracy: number): string[] => [
    `val_loss ${loss.toFixed(4)}`,
    `val_accuracy ${percent(accuracy)}`,
  ],
  speed,
};

const shortNames: typeof fullNames = {
  accuracy: (share) => shortPercent(share),
  validation: (loss, accuracy) => [`val ${loss.toFixed(4)}`, shortPercent(accuracy)],
  speed: (imagesPerSecond) => `${Math.round(imagesPerSecond).toLocaleString('en-US')}/s`,
};

function shortPercent(share: number): string {
  return percent(share).replace(' ', '');
}

/** The last two are the time and the speed. */
function partsOf(result: EpochResult, epochs: number, names: typeof fullNames): string[] {
  const { epoch, loss, accuracy, validation, seconds, imagesPerSecond } = result;
  return [
    `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}`,
    `loss ${loss.toFixed(4)}`,
    names.accuracy(accuracy),
    ...(validation ? names.validation(validation.loss, validation.accuracy) : []),
    `${seconds.toFixed(2)} s`,
    names.speed(imagesPerSecond),
  ];
}

/** All parts; without the time; without the speed, too. */
function shorterParts(parts: readonly string[]): string[][] {
  return [[...parts], parts.toSpliced(-2, 1), parts.slice(0, -2)];
}
