import { bin, max } from 'd3-array';
import { scaleLinear } from 'd3-scale';
import { bottomAxis, type Frame, leftAxis, shortFormat, ticksOf } from './axis.ts';
import { coordinate, type Size } from './figure.ts';
import type { Theme } from './theme.ts';

export const histogramSize: Size = { width: 440, height: 440 };

const binCount = 30;

/** How many of the values lie where: bins of one width at round numbers, and a dashed line at 0. Needs a value or more. */
export function histogram(values: readonly number[], xName: string, theme: Theme): string {
  const { width, height } = histogramSize;
  const frame: Frame = { left: 60, top: 32, right: width - 22, bottom: height - 50 };
  const scale = scaleLinear()
    .domain([Math.min(0, ...minAndMax(values)), Math.max(0, ...minAndMax(values))])
    .nice(binCount)
    .range([frame.left, frame.right]);
  const [from, to] = scale.domain() as [number, number];
  const bins = bin().domain([from, to]).thresholds(scale.ticks(binCount))(values);
  const y = scaleLinear()
    .domain([0, max(bins, ({ length }) => length)!])
    .nice(5)
    .range([frame.bottom, frame.top]);
  const bars = bins
    .filter(({ length }) => length > 0)
    .map(({ x0, x1, length }) => {
      const [left, top] = [scale(x0!) + 0.5, y(length)];
      const barWidth = Math.max(1, scale(x1!) - 0.5 - left);
      return `<rect x="${coordinate(left)}" y="${coordinate(top)}" width="${coordinate(barWidth)}" height="${coordinate(frame.bottom - top)}" fill="${theme.first}" fill-opacity="0.6"/>`;
    });
  return [
    leftAxis(frame, ticksOf(y, 5), theme),
    `<text x="4" y="16" fill="${theme.text}">rows</text>`,
    ...bars,
    `<path d="M${coordinate(scale(0))} ${frame.bottom}V${frame.top}" stroke="${theme.text}" stroke-dasharray="5 4"/>`,
    bottomAxis(frame, ticksOf(scale, 5, shortFormat([from, to])), xName, theme),
  ].join('\n');
}

/** Without spreading the values: a function takes only so many arguments. */
function minAndMax(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
}
