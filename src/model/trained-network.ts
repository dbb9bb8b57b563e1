import type { Sequential } from '../layers/sequential.ts';
import type { NamedValues } from './safetensors.ts';

/** A network with its weights, and what a program needs to know to use it. */
export interface TrainedNetwork {
  /** What it is called: a preset, a file. */
  readonly name: string;
  readonly model: Sequential;
  /** Of a classifier, if its classes have names. */
  readonly classNames?: readonly string[] | undefined;
  readonly weights: ReadonlyMap<string, NamedValues>;
  /** What its inputs are called, if they are the columns of a table. */
  readonly features?: readonly string[] | undefined;
}

/** How an example becomes the input of a network, for people. */
export function describeInput({
  model: { inputShape },
  features,
}: Pick<TrainedNetwork, 'model' | 'features'>): string {
  if (features !== undefined) {
    return `float32 [N, ${inputShape.join(', ')}]: N rows, their numbers as they are; column=value is 1 or 0: ${features.join(', ')}`;
  }
  if (inputShape.length !== 3) {
    return `float32 [N, ${inputShape.join(', ')}]: N examples, their numbers as they are; bytes divided by 255`;
  }
  const [height, width, channels] = inputShape as readonly [number, number, number];
  const colours = channels === 1 ? '1 channel (grey)' : `${channels} channels`;
  return (
    `float32 [N, ${height}, ${width}, ${channels}]: N images of ${height} rows, ${width} columns and ${colours}, ` +
    'each byte 0 (black) to 255 divided by 255'
  );
}
