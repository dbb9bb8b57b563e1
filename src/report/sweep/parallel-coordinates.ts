import { line } from 'd3-shape';
import { escapeHtml } from '../html/page.ts';
import { coordinate, type Size } from '../svg/figure.ts';
import type { Theme } from '../svg/theme.ts';
import { type Axis, axisOf, parametersOf, placeOn, type ReportedTrial, ticksOn } from './contents.ts';

const [axisGap, height, top, bottom, side] = [130, 340, 44, 300, 84];

export function parallelSize(axes: number): Size {
  return { width: 2 * side + axisGap * (axes - 1), height };
}

/**
 * A line for each trial, across an axis for each parameter and one for the score (Inselberg, "The plane with parallel
 * coordinates", 1985). The best fifth of the trials is drawn over the others; lines of trials that were stopped early are dotted.
 *
 * @param trials the best first, all with a score
 * @param scoreName of the last axis
 */
export function parallelCoordinates(
  trials: readonly ReportedTrial[],
  scoreName: string,
  theme: Theme,
): string {
  const names = parametersOf(trials);
  const axes = names.map((name): Axis => axisOf(trials.flatMap(({ values }) => values[name] ?? [])));
  const scores = axisOf(trials.map(({ score }) => score!));
  const all = [...axes, scores];
  const y = (place: number): number => bottom + place * (top - bottom);
  const x = (index: number): number => side + index * axisGap;
  const bestCount = Math.ceil(trials.length / 5);
  const lines = trials.map((trial, rank) => {
    const points = all.flatMap((axis, index): [number, number][] => {
      const value = index === axes.length ? trial.score! : trial.values[names[index]!];
      return value === undefined ? [] : [[x(index), y(placeOn(axis, value))]];
    });
    const isBest = rank < bestCount;
    return `<path d="${line().digits(2)(points)!}" fill="none" stroke="${isBest ? theme.second : theme.first}" stroke-width="${isBest ? 2 : 1}" stroke-opacity="${isBest ? 0.9 : 0.45}"${trial.isWhole ? '' : ' stroke-dasharray="2 3"'}/>`;
  });
  const axisLines = all.map((axis, index) => {
    const labels = ticksOn(axis).map(
      ({ place, label }) =>
        `<text x="${coordinate(x(index) + 6)}" y="${coordinate(y(place))}" dy="0.35em" font-size="11" fill="${theme.text}" stroke="${theme.background}" stroke-width="3" paint-order="stroke">${escapeHtml(label)}</text>`,
    );
    const name = names[index] ?? scoreName;
    return [
      `<path d="M${x(index)} ${top}V${bottom}" stroke="${theme.quiet}"/>`,
      `<text x="${x(index)}" y="${top - 20}" text-anchor="middle" fill="${theme.text}">${escapeHtml(name)}</text>`,
      ...labels,
    ].join('\n');
  });
  return [...lines.toReversed(), ...axisLines].join('\n');
}
