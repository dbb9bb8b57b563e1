import type { Pixels } from './pixels.ts';

/**
 * The mean of the (2·radius + 1)² pixels around each, fewer at the border. It divides the standard deviation of
 * independent noise by 2·radius + 1.
 */
export function smoothImage(image: Pixels<Float32Array>, radius: number): Pixels<Float32Array> {
  if (radius === 0) return image;
  const { width, height, channels, data } = image;
  const rowLength = width * channels;
  const across = sliding(
    data,
    { lines: height, lineStep: rowLength, count: width, step: channels, channels },
    radius,
  );
  return {
    ...image,
    data: sliding(
      across,
      { lines: width, lineStep: channels, count: height, step: rowLength, channels },
      radius,
    ),
  };
}

/** `lines` lines of `count` places; a line begins `lineStep` behind the one before, a place `step`. */
interface Lines {
  readonly lines: number;
  readonly lineStep: number;
  readonly count: number;
  readonly step: number;
  readonly channels: number;
}

function sliding(
  data: Float32Array,
  { lines, lineStep, count, step, channels }: Lines,
  radius: number,
): Float32Array {
  const means = new Float32Array(data.length);
  for (let line = 0; line < lines; line++) {
    for (let c = 0; c < channels; c++) {
      const first = line * lineStep + c;
      for (let i = 0; i < count; i++) {
        const from = Math.max(i - radius, 0);
        const to = Math.min(i + radius, count - 1);
        let sum = 0;
        for (let j = from; j <= to; j++) sum += data[first + j * step]!;
        means[first + i * step] = sum / (to - from + 1);
      }
    }
  }
  return means;
}
