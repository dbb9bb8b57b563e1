import type { PredictedImages } from './predictor.ts';

/**
 * Which parts of an image a prediction depends on: Zeiler and Fergus, "Visualizing and understanding convolutional networks"
 * (2014), section 4.2. A square patch of the image turns black, at each place in turn; where the probability of the class
 * falls, the network has looked.
 */
export interface Occlusion {
  /** The class that is predicted for the whole image, and its probability. */
  readonly predicted: number;
  readonly probability: number;
  /** Pixels along a side of the patch. */
  readonly patch: number;
  /** [height, width]: the probability of that class with the patch centred on each pixel. */
  readonly probabilities: Float32Array;
}

/** About a seventh of the side of an image: parts of a garment are as large. */
export function patchOf(height: number, width: number): number {
  return Math.max(1, Math.round(Math.min(height, width) / 7));
}

/**
 * @param image [height, width, channels], from 0 to 1
 * @param predict classifies images, one after the other in one array
 * @throws RangeError unless it is one image
 */
export async function occlude(
  image: Float32Array,
  [height, width, channels]: readonly [number, number, number],
  predict: (images: Float32Array) => Promise<PredictedImages>,
): Promise<Occlusion> {
  const patch = patchOf(height, width);
  const whole = await predict(image);
  if (whole.predicted.length !== 1) {
    throw new RangeError(`occlude: expected one image, got ${whole.predicted.length}`);
  }
  const predicted = whole.predicted[0]!;
  const classes = whole.probabilities.length;
  const probabilities = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    const row = new Float32Array(width * image.length);
    for (let x = 0; x < width; x++) {
      const copy = row.subarray(x * image.length, (x + 1) * image.length);
      copy.set(image);
      blacken(copy, { y, x, patch, height, width, channels });
    }
    const covered = await predict(row);
    for (let x = 0; x < width; x++)
      probabilities[y * width + x] = covered.probabilities[x * classes + predicted]!;
  }
  return { predicted, probability: whole.probabilities[predicted]!, patch, probabilities };
}

interface Patch {
  readonly y: number;
  readonly x: number;
  readonly patch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

function blacken(image: Float32Array, { y, x, patch, height, width, channels }: Patch): void {
  const before = Math.floor(patch / 2);
  for (let row = Math.max(y - before, 0); row < Math.min(y - before + patch, height); row++) {
    const from = Math.max(x - before, 0);
    const to = Math.min(x - before + patch, width);
    image.fill(0, (row * width + from) * channels, (row * width + to) * channels);
  }
}
