import { scaleLinear } from 'd3-scale';
import type { OptionValue } from '../../sweep/space.ts';
import { bottomAxis, type Frame, leftAxis, ticksOf } from '../svg/axis.ts';
import { coordinate, type Size } from '../svg/figure.ts';
import type { Theme } from '../svg/theme.ts';
import { axisOf, placeOn, ticksOn } from './contents.ts';

export const parameterPlotSize: Size = { width: 380, height: 260 };

export interface ParameterPoint {
  readonly value: OptionValue;
  readonly score: number;
  /** Points of trials that were stopped early are rings. */
  readonly isWhole: boolean;
}

/** The scores of trials against the values of one parameter. */
export function parameterPlot(
  name: string,
  points: readonly ParameterPoint[],
  format: string,
  theme: Theme,
): string {
  const { width, height } = parameterPlotSize;
  const frame: Frame = { left: 58, top: 14, right: width - 20, bottom: height - 50 };
  const axis = axisOf(points.map(({ value }) => value));
  const x = scaleLinear()
    .domain([0, 1])
    .range([frame.left + 8, frame.right - 8]);
  const scores = points.map(({ score }) => score);
  const [low, high] = [Math.min(...scores), Math.max(...scores)];
  const y = scaleLinear()
    .domain(low === high ? [low - 0.01, high + 0.01] : [low, high])
    .nice(4)
    .range([frame.bottom - 4, frame.top]);
  const marks = points.map(({ value, score, isWhole }) => {
    const fill = isWhole ? theme.first : 'none';
    return `<circle cx="${coordinate(x(placeOn(axis, value)))}" cy="${coordinate(y(score))}" r="4" fill="${fill}" stroke="${theme.first}" fill-opacity="0.7"/>`;
  });
  const ticks = ticksOn(axis).map(({ place, label }) => ({ at: x(place), label }));
  return [
    leftAxis(frame, ticksOf(y, 4, format), theme),
    bottomAxis(frame, ticks, name, theme),
    ...marks,
  ].join('\n');
}
