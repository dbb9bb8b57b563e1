import { median, quantile } from 'd3-array';

/** How measurements of one thing scatter. */
export interface Spread {
  readonly median: number;
  readonly p10: number;
  readonly p90: number;
  readonly best: number;
}

/** Of speeds, one at least: the best is the largest. */
export function spread(speeds: readonly number[]): Spread {
  return {
    median: median(speeds)!,
    p10: quantile(speeds, 0.1)!,
    p90: quantile(speeds, 0.9)!,
    best: Math.max(...speeds),
  };
}

/** How many times as fast one is as the other: the median of the ratios of neighbouring samples, and their range. */
export interface Ratio {
  readonly ratio: number;
  readonly range: readonly [number, number];
}

/** Of speeds that were measured in turn, pair by pair. */
export function compare(speeds: readonly number[], others: readonly number[]): Ratio {
  const ratios = speeds.map((speed, pair) => speed / others[pair]!);
  return { ratio: median(ratios)!, range: [Math.min(...ratios), Math.max(...ratios)] };
}
