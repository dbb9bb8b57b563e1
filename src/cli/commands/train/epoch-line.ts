import type { MetricName } from '../../../layers/loss.ts';
import { type EpochResult, metricIn } from '../../../train/history.ts';
import { shortNumber } from '../../../report/format.ts';
import { percent } from '../../framework/percent.ts';

/** What is counted and measured in a line of progress, and how it is written. */
export type Unit = 'images' | 'rows';

/** A finished epoch as one line; in a narrow terminal its names are short, then the least important parts are left out. */
export function epochLine(
  result: EpochResult,
  epochs: number,
  columns: number,
  unit: Unit = 'images',
): string {
  const lines = [
    partsOf(result, epochs, fullNames(unit)),
    ...shorterParts(partsOf(result, epochs, shortNames)),
  ];
  const texts = lines.map((parts) => parts.join('  '));
  return texts.find((text) => text.length <= columns) ?? texts.at(-1)!.slice(0, columns);
}

/** `190,000 images/s` */
export function speed(imagesPerSecond: number, unit: Unit): string {
  return `${Math.round(imagesPerSecond).toLocaleString('en-US')} ${unit}/s`;
}

/** A loss as text. That of numbers has the unit of the target, or its square, and may have any size. */
export function lossText(loss: number, metric: MetricName): string {
  return metric === 'accuracy' ? loss.toFixed(4) : shortNumber(loss);
}

/** `accuracy 85.00 %` or `mae 2.3` */
export function metricText(metric: MetricName, value: number): string {
  return metric === 'accuracy' ? `accuracy ${percent(value)}` : `mae ${shortNumber(value)}`;
}

interface Names {
  readonly metric: (metric: MetricName, value: number) => string;
  readonly validation: (metric: MetricName, loss: number, value: number) => string[];
  readonly speed: (imagesPerSecond: number) => string;
}

function fullNames(unit: Unit): Names {
  return {
    metric: metricText,
    validation: (metric, loss, value) => [
      `val_loss ${lossText(loss, metric)}`,
      `val_${metricText(metric, value)}`,
    ],
    speed: (imagesPerSecond) => speed(imagesPerSecond, unit),
  };
}

const shortNames: Names = {
  metric: shortMetric,
  validation: (metric, loss, value) => [`val ${lossText(loss, metric)}`, shortMetric(metric, value)],
  speed: (imagesPerSecond) => `${Math.round(imagesPerSecond).toLocaleString('en-US')}/s`,
};

function shortMetric(metric: MetricName, value: number): string {
  return metric === 'accuracy' ? percent(value).replace(' ', '') : shortNumber(value);
}

/** The last two are the time and the speed. */
function partsOf(result: EpochResult, epochs: number, names: Names): string[] {
  const { epoch, loss, validation, seconds, imagesPerSecond } = result;
  const metric = metricIn(result);
  return [
    `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}`,
    `loss ${lossText(loss, metric)}`,
    names.metric(metric, result[metric]),
    ...(validation ? names.validation(metric, validation.loss, validation[metric]) : []),
    `${seconds.toFixed(2)} s`,
    names.speed(imagesPerSecond),
  ];
}

/** All parts; without the time; without the speed, too. */
function shorterParts(parts: readonly string[]): string[][] {
  return [[...parts], parts.toSpliced(-2, 1), parts.slice(0, -2)];
}
