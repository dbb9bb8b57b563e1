/** The curves of runs, as SVG made of the parts that the report is made of. */
import { type ScaleLinear, scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { bottomAxis, type Frame, leftAxis, ticksOf } from '../../../src/report/svg/axis.ts';
import { coordinate, svgFigure } from '../../../src/report/svg/figure.ts';
import { pageTheme } from '../../../src/report/svg/theme.ts';

export interface Point {
  readonly step: number;
  readonly value: number;
}

export interface Curve {
  readonly name: string;
  readonly points: readonly Point[];
  /** A variable of the page's style. */
  readonly colour: string;
  readonly isDashed: boolean;
  /** Written at its end. */
  readonly mark?: string;
}

export interface CurvesOptions {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly curves: readonly Curve[];
  /** Where the run is now. */
  readonly at: number;
  /** Steps where something was changed. */
  readonly marks: readonly number[];
  /** In d3's notation. */
  readonly format: string;
}

export const curvesSize = { width: 480, height: 260 } as const;
export const curvesFrame: Frame = { left: 52, top: 14, right: 468, bottom: 210 };
/** More points than pixels only slow the page down: of each group, the smallest and the largest stay. */
const mostPoints = 600;

export function curves({ id, title, description, curves: all, at, marks, format }: CurvesOptions): string {
  const { left, right, top, bottom } = curvesFrame;
  const x = stepScale(all, at);
  const values = all.flatMap(({ points }) => points.map(({ value }) => value));
  const [low, high] = [Math.min(...values, Infinity), Math.max(...values, -Infinity)];
  const y = scaleLinear()
    .domain(values.length === 0 ? [0, 1] : low === high ? [Math.max(0, low - 0.1), high + 0.1] : [low, high])
    .nice(5)
    .range([bottom, top]);
  const paths = all.map(({ points, colour, isDashed }) => {
    const path = line().digits(2)(
      thinned(points).map(({ step, value }): [number, number] => [x(step), y(value)]),
    );
    const dashes = isDashed ? ' stroke-dasharray="6 4"' : '';
    const only = points.length === 1 ? points[0]! : null;
    if (only) {
      return `<circle cx="${coordinate(x(only.step))}" cy="${coordinate(y(only.value))}" r="3" fill="var(--${colour})"/>`;
    }
    return `<path d="${path ?? ''}" fill="none" stroke="var(--${colour})" stroke-width="2"${dashes}/>`;
  });
  const names = all.flatMap(({ mark, points }) => {
    const end = points.at(-1);
    if (mark === undefined || end === undefined) return [];
    const [left, top] = [coordinate(Math.min(x(end.step) + 4, right - 8)), coordinate(y(end.value) - 4)];
    return [
      `<text x="${left}" y="${top}" font-size="12" font-weight="600" fill="var(--text)">${mark}</text>`,
    ];
  });
  const lines = marks.map(
    (step) =>
      `<path d="M${coordinate(x(step))} ${top}V${bottom}" stroke="var(--quiet)" stroke-dasharray="2 3"/>`,
  );
  const now = `<path d="M${coordinate(x(at))} ${top}V${bottom}" stroke="var(--text)"/>`;
  const body = [
    leftAxis(curvesFrame, ticksOf(y, 5, format), pageTheme),
    bottomAxis({ ...curvesFrame, left, right }, ticksOf(x, 6, '~s'), 'steps', pageTheme),
    ...lines,
    ...paths,
    ...names,
    now,
  ].join('\n');
  return svgFigure({ id, title, description, ...curvesSize, body });
}

/** From a step to its place in the picture. */
export function stepScale(all: readonly Curve[], at: number): ScaleLinear<number, number> {
  const last = Math.max(at, 1, ...all.map(({ points }) => points.at(-1)?.step ?? 0));
  return scaleLinear().domain([0, last]).range([curvesFrame.left, curvesFrame.right]);
}

function thinned(points: readonly Point[]): readonly Point[] {
  if (points.length <= mostPoints) return points;
  const size = Math.ceil((2 * points.length) / mostPoints);
  const kept: Point[] = [];
  for (let start = 0; start < points.length; start += size) {
    const group = points.slice(start, start + size);
    const smallest = group.reduce((a, b) => (b.value < a.value ? b : a));
    const largest = group.reduce((a, b) => (b.value > a.value ? b : a));
    kept.push(...[smallest, largest].toSorted((a, b) => a.step - b.step));
  }
  return kept;
}
