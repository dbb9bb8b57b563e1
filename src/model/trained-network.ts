import type { Sequential } from '../layers/sequential.ts';
import type { NamedValues } from './safetensors.ts';

/** All that it takes to use a network elsewhere. */
export interface TrainedNetwork {
  /** What it is called: a preset, a file. */
  readonly name: string;
  /** Its layers as data, for `buildModel`. */
  readonly layers: unknown;
  readonly model: Sequential;
  readonly classNames: readonly string[];
  readonly weights: ReadonlyMap<string, NamedValues>;
}

/** How to make the input of a network from an image, for people. */
export function describeInput({ model: { inputShape } }: Pick<TrainedNetwork, 'model'>): string {
  const [height, width, channels] = inputShape as readonly [number, number, number];
  const colours = channels === 1 ? '1 channel (grey)' : `${channels} channels`;
  return (
    `float32 [N, ${height}, ${width}, ${channels}]: N images of ${height} rows, ${width} columns and ${colours}, ` +
    'each byte 0 (black) to 255 divided by 255'
  );
}
