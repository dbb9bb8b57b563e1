import type { ScaleLinear } from 'd3-scale';
import { escapeHtml } from '../html/page.ts';
import { coordinate } from './figure.ts';
import type { Theme } from './theme.ts';

/** The rectangle of a figure that the data are drawn in; pixels from the figure's upper left corner. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A mark on an axis: its position in pixels and its label. */
export interface Tick {
  readonly at: number;
  readonly label: string;
}

/** About `count` ticks at round numbers, as d3 chooses and formats them. */
export function ticksOf(scale: ScaleLinear<number, number>, count: number, format?: string): Tick[] {
  const label = scale.tickFormat(count, format);
  return scale.ticks(count).map((value) => ({ at: scale(value), label: label(value) }));
}

/** d3's format for numbers that would take too much room in full: 70k, 5G, 3µ. Undefined where they do not. */
export function shortFormat(values: readonly number[]): string | undefined {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return largest >= 1e4 || (largest > 0 && largest < 1e-3) ? '~s' : undefined;
}

/** The axis below a frame: a line, ticks and the name of the quantity. */
export function bottomAxis(
  { left, right, bottom }: Frame,
  ticks: readonly Tick[],
  name: string,
  theme: Theme,
): string {
  const marks = ticks.map(
    ({ at, label }) =>
      `<path d="M${coordinate(at)} ${bottom}v5" stroke="${theme.quiet}"/>` +
      `<text x="${coordinate(at)}" y="${bottom + 19}" text-anchor="middle" fill="${theme.quiet}">${escapeHtml(label)}</text>`,
  );
  const middle = coordinate((left + right) / 2);
  return [
    `<path d="M${left} ${bottom}H${right}" stroke="${theme.quiet}"/>`,
    ...marks,
    `<text x="${middle}" y="${bottom + 38}" text-anchor="middle" fill="${theme.text}">${escapeHtml(name)}</text>`,
  ].join('\n');
}

/** The axis left of a frame: numbers, each with a thin line across the frame. */
export function leftAxis({ left, right }: Frame, ticks: readonly Tick[], theme: Theme): string {
  return ticks
    .map(
      ({ at, label }) =>
        `<path d="M${left} ${coordinate(at)}H${right}" stroke="${theme.line}"/>` +
        `<text x="${left - 8}" y="${coordinate(at)}" dy="0.35em" text-anchor="end" fill="${theme.quiet}">${escapeHtml(label)}</text>`,
    )
    .join('\n');
}
