import { extent } from 'd3-array';
import { scaleLinear } from 'd3-scale';
import { bottomAxis, type Frame, leftAxis, shortFormat, ticksOf } from './axis.ts';
import { coordinate, type Size } from './figure.ts';
import type { Theme } from './theme.ts';

export const scatterSize: Size = { width: 440, height: 440 };

/**
 * Predicted numbers against their targets, on the same scale on both axes. A perfect prediction lies on the diagonal.
 *
 * @param points [target, prediction]; one or more
 */
export function scatterPlot(points: readonly (readonly [number, number])[], theme: Theme): string {
  const { width, height } = scatterSize;
  const frame: Frame = { left: 68, top: 32, right: width - 22, bottom: height - 50 };
  const [low, high] = extent(points.flat()) as [number, number];
  const margin = low === high ? Math.abs(low) / 10 || 1 : 0;
  const domain = scaleLinear()
    .domain([low - margin, high + margin])
    .nice(5)
    .domain();
  const x = scaleLinear().domain(domain).range([frame.left, frame.right]);
  const y = scaleLinear().domain(domain).range([frame.bottom, frame.top]);
  const format = shortFormat(domain);
  const opacity = points.length > 500 ? 0.25 : 0.6;
  const dots = points.map(
    ([target, prediction]) => `M${coordinate(x(target))} ${coordinate(y(prediction))}h0`,
  );
  return [
    leftAxis(frame, ticksOf(y, 5, format), theme),
    `<text x="4" y="16" fill="${theme.text}">predicted</text>`,
    `<path d="M${frame.left} ${frame.bottom}L${frame.right} ${frame.top}" stroke="${theme.text}" stroke-dasharray="5 4"/>`,
    // one path of round dots: thousands of elements would make the page slow
    `<path d="${dots.join('')}" stroke="${theme.first}" stroke-width="5" stroke-linecap="round" stroke-opacity="${opacity}"/>`,
    bottomAxis(frame, ticksOf(x, 5, format), 'target', theme),
  ].join('\n');
}
