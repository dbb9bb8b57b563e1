import { Tensor } from '../tensor/tensor.ts';
import { type LabelledImages, exampleShape } from './examples.ts';
import { pixelsAt } from './pictures/pixels.ts';

/** Called after each image. */
type OnProgress = (done: number, total: number) => void;

/** Statistics of bytes, on their scale from 0 to 255. */
export interface PixelStatistics {
  readonly mean: number;
  /** √(Σ(x − mean)²/n), for the values as a whole and not as a sample. */
  readonly standardDeviation: number;
  readonly minimum: number;
  readonly maximum: number;
  /** Share of the values that are 0. */
  readonly zeroShare: number;
}

/** Number of examples of each class. */
export function classCounts(labels: Uint8Array, classes: number): number[] {
  const counts = Array.from({ length: classes }, () => 0);
  for (const label of labels) counts[label]! += 1;
  return counts;
}

/** Statistics of all values and of each channel. They are exact, since they come from counts of each byte value. */
export function pixelStatistics(
  images: Tensor<'uint8'>,
  onProgress?: OnProgress,
): { readonly all: PixelStatistics; readonly channels: readonly PixelStatistics[] } {
  const [n, , , channels] = images.shape as [number, number, number, number];
  const histograms = Array.from({ length: channels }, () => new Float64Array(256));
  for (let image = 0; image < n; image++) {
    const { data } = pixelsAt(images, image);
    for (let i = 0; i < data.length; i += channels) {
      for (let c = 0; c < channels; c++) histograms[c]![data[i + c]!]! += 1;
    }
    onProgress?.(image + 1, n);
  }
  const sum = new Float64Array(256).map((_, byte) =>
    histograms.reduce((total, histogram) => total + histogram[byte]!, 0),
  );
  return { all: statisticsOf(sum), channels: histograms.map(statisticsOf) };
}

/** @param histogram how often each byte value occurs */
function statisticsOf(histogram: Float64Array): PixelStatistics {
  const total = (f: (byte: number) => number): number =>
    histogram.reduce((sum, count, byte) => sum + count * f(byte), 0);
  const n = total(() => 1);
  const mean = total((byte) => byte) / n;
  return {
    mean,
    standardDeviation: Math.sqrt(total((byte) => (byte - mean) ** 2) / n),
    minimum: histogram.findIndex((count) => count > 0),
    maximum: histogram.findLastIndex((count) => count > 0),
    zeroShare: histogram[0]! / n,
  };
}

/** The mean image of each class, [classes, height, width, channels] from 0 to 255; black for a class without images. */
export function meanImages(
  examples: LabelledImages,
  classes: number,
  onProgress?: OnProgress,
): Tensor<'float32'> {
  const { x: images, y: labels } = examples;
  const shape = exampleShape(examples);
  const length = images.size / labels.size;
  const sums = new Float64Array(classes * length);
  for (const [index, label] of labels.values.entries()) {
    const { data } = pixelsAt(images, index);
    for (let i = 0; i < length; i++) sums[label * length + i]! += data[i]!;
    onProgress?.(index + 1, labels.size);
  }
  const counts = classCounts(labels.values, classes);
  const means = Float32Array.from(sums, (sum, i) => sum / Math.max(1, counts[Math.floor(i / length)]!));
  return Tensor.from('float32', [classes, ...shape], means, 'mean images');
}
