import { median, quantile } from 'd3-array';

/** The spread of repeated measurements. */
export interface Spread {
  readonly median: number;
  readonly p10: number;
  readonly p90: number;
  readonly best: number;
}

/** The spread of one or more speeds; the best is the largest. */
export function spread(speeds: readonly number[]): Spread {
  return {
    median: median(speeds)!,
    p10: quantile(speeds, 0.1)!,
    p90: quantile(speeds, 0.9)!,
    best: Math.max(...speeds),
  };
}

/** How many times as fast one is as the other: the median and the range of the ratios of each pair of samples. */
export interface Ratio {
  readonly ratio: number;
  readonly range: readonly [number, number];
}

/** The ratio of speeds that were measured in turn. */
export function compare(speeds: readonly number[], others: readonly number[]): Ratio {
  const ratios = speeds.map((speed, pair) => speed / others[pair]!);
  return { ratio: median(ratios)!, range: [Math.min(...ratios), Math.max(...ratios)] };
}
