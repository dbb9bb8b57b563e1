import { type ScaleLinear, scaleLinear, scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import { escapeHtml } from '../html/page.ts';
import { bottomAxis, type Frame, leftAxis, type Tick, ticksOf } from './axis.ts';
import { coordinate, type Size, textWidth } from './figure.ts';
import type { Theme } from './theme.ts';

/** A line of a chart. */
export interface Series {
  readonly name: string;
  readonly values: readonly number[];
}

export interface LineChartOptions {
  readonly title: string;
  /** Rising whole numbers; with `logarithmic`, any rising numbers above 0. */
  readonly x: readonly number[];
  /** Uses a logarithmic x axis; needs at least two x. */
  readonly logarithmic?: boolean;
  readonly xName: string;
  /** One or two series with a value for each x. */
  readonly series: readonly Series[];
  /** The format of the numbers on the left axis, in d3's notation: `.0%`, for example. */
  readonly format?: string;
  /** Marks an x with a vertical line and a label. */
  readonly mark?: { readonly x: number; readonly label: string };
}

export const lineChartSize: Size = { width: 480, height: 320 };

/** With more points than this, the line has no dots: they would overlap. */
const maxDots = 40;

/** A chart of one or two lines. The second is dashed, so that they differ in more than colour. */
export function lineChart(options: LineChartOptions, theme: Theme): string {
  const { title, xName, series, format, mark } = options;
  const frame: Frame = {
    left: 56,
    top: 66,
    right: lineChartSize.width - 14,
    bottom: lineChartSize.height - 50,
  };
  const { at, ticks } = horizontal(options, frame);
  const yScale = scaleLinear()
    .domain(extent(series.flatMap(({ values }) => values)))
    .nice(5)
    .range([frame.bottom, frame.top]);
  const strokes = [theme.first, theme.second];
  return [
    `<text x="${frame.left}" y="18" font-weight="bold" fill="${theme.text}">${escapeHtml(title)}</text>`,
    leftAxis(frame, ticksOf(yScale, 5, format), theme),
    bottomAxis(frame, ticks, xName, theme),
    mark === undefined ? '' : verticalMark(frame, at(mark.x), mark.label, theme),
    legend(frame, series, strokes, theme),
    ...series.map(({ values }, index) => {
      const points = values.map((value, i): [number, number] => [at(options.x[i]!), yScale(value)]);
      return curve(points, strokes[index]!, index > 0);
    }),
  ].join('\n');
}

/** The horizontal scale: the position of each x, and the ticks. */
function horizontal(
  { x, logarithmic }: Pick<LineChartOptions, 'x' | 'logarithmic'>,
  { left, right }: Frame,
): { readonly at: (x: number) => number; readonly ticks: readonly Tick[] } {
  const [first, last] = [x[0]!, x.at(-1)!];
  if (logarithmic) {
    const scale = scaleLog().domain([first, last]).range([left, right]);
    const from = Math.ceil(Math.log10(first) - 1e-9);
    const to = Math.floor(Math.log10(last) + 1e-9);
    const exponents = Array.from({ length: Math.max(to - from + 1, 0) }, (_, i) => from + i);
    const between = [0, 1 / 3, 2 / 3].map((share) => {
      const value = Number((first * (last / first) ** share).toPrecision(2));
      return { at: scale(value), label: String(value) };
    });
    const powers = exponents.map((exponent) => ({ at: scale(10 ** exponent), label: `1e${exponent}` }));
    return { at: scale, ticks: powers.length < 2 ? between : powers };
  }
  const scale = scaleLinear()
    // puts a single point in the middle
    .domain(first === last ? [first - 1, last + 1] : [first, last])
    .range([left, right]);
  return { at: scale, ticks: wholeTicks(scale, x) };
}

function extent(values: readonly number[]): [number, number] {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const margin = low === high ? Math.abs(low) / 10 || 1 : 0;
  return [low - margin, high + margin];
}

/** Ticks at whole numbers only: d3 also offers halves. */
function wholeTicks(scale: ScaleLinear<number, number>, x: readonly number[]): Tick[] {
  if (x.length === 1) return [{ at: scale(x[0]!), label: String(x[0]!) }];
  return scale
    .ticks(Math.min(x.length, 8))
    .filter(Number.isInteger)
    .map((value) => ({ at: scale(value), label: value.toLocaleString('en-US') }));
}

function curve(points: [number, number][], stroke: string, isSecond: boolean): string {
  const path = line().digits(2)(points)!;
  const dashes = isSecond ? ' stroke-dasharray="6 4"' : '';
  const dots = points.length > maxDots ? [] : points.map((point) => dot(point, stroke, isSecond));
  return `<path d="${path}" fill="none" stroke="${stroke}" stroke-width="2"${dashes}/>${dots.join('')}`;
}

/** A disc; for the second line a diamond. */
function dot([x, y]: [number, number], fill: string, isSecond: boolean): string {
  return isSecond
    ? `<path d="M${coordinate(x)} ${coordinate(y - 4)}l4 4l-4 4l-4 -4z" fill="${fill}"/>`
    : `<circle cx="${coordinate(x)}" cy="${coordinate(y)}" r="3" fill="${fill}"/>`;
}

function verticalMark({ left, right, top, bottom }: Frame, x: number, label: string, theme: Theme): string {
  const half = textWidth(label) / 2;
  const labelX = Math.min(Math.max(x, left + half), right - half);
  return (
    `<path d="M${coordinate(x)} ${top}V${bottom}" stroke="${theme.quiet}" stroke-dasharray="2 3"/>` +
    `<text x="${coordinate(labelX)}" y="${top - 6}" text-anchor="middle" fill="${theme.quiet}">${escapeHtml(label)}</text>`
  );
}

function legend(
  { left }: Frame,
  series: readonly Series[],
  strokes: readonly string[],
  theme: Theme,
): string {
  let x = left;
  return series
    .map(({ name }, index) => {
      const entry =
        curve([[x, 32], [x + 28, 32]], strokes[index]!, index > 0) + // prettier-ignore
        `<text x="${x + 36}" y="32" dy="0.35em" fill="${theme.text}">${escapeHtml(name)}</text>`;
      x += Math.round(36 + textWidth(name) + 20);
      return entry;
    })
    .join('\n');
}
