import { breathe } from '../breathe.ts';
import type { Examples } from '../data/examples.ts';
import type { Engine } from '../engine/engine.ts';
import type { Statistics } from '../layers/layer.ts';
import type { Sequential } from '../layers/sequential.ts';
import type { DataType, Tensor } from '../tensor/tensor.ts';
import { pixelScale } from './gather.ts';

/**
 * Gives the layers that work with mean and variance those of the training examples. A layer that has statistics already
 * keeps them: the other weights were trained with them.
 *
 * @param positions of the training examples
 */
export async function fitStatistics(
  model: Sequential,
  examples: Examples,
  positions: Int32Array,
  engine: Engine,
): Promise<void> {
  for (const { statistics } of model.layers) {
    if (statistics === undefined || (await engine.read(statistics.count))[0] !== 0) continue;
    const data = statistics.of === 'inputs' ? examples.x : examples.y;
    for (const [tensor, values] of statistics.valuesFor(await statisticsOf(data, positions))) {
      engine.write(tensor, values);
    }
    engine.write(statistics.count, [positions.length]);
  }
}

/**
 * Computed with Welford's update for each value v, which loses no digits where the mean is far larger than the deviation:
 *
 *     mean ← mean + (v − mean) / k      squares ← squares + (v − old mean)·(v − new mean)
 *
 * Welford, "Note on a method for calculating corrected sums of squares and products" (1962).
 */
async function statisticsOf(data: Tensor<DataType>, positions: Int32Array): Promise<Statistics> {
  const features = data.shape.at(-1)!;
  const size = data.size / data.shape[0]!;
  const scale = data.dtype === 'uint8' ? pixelScale : 1;
  const { values } = data;
  const mean = new Float64Array(features);
  const squares = new Float64Array(features);
  let count = 0;
  for (const position of positions) {
    for (let from = position * size; from < (position + 1) * size; from += features) {
      count += 1;
      for (let feature = 0; feature < features; feature++) {
        const value = values[from + feature]! * scale;
        const difference = value - mean[feature]!;
        mean[feature]! += difference / count;
        squares[feature]! += difference * (value - mean[feature]!);
      }
    }
    if (position % 1024 === 0) await breathe();
  }
  return {
    mean: Float32Array.from(mean),
    // a deviation that float32 cannot tell from the mean is rounding
    variance: Float32Array.from(squares, (sum, feature) => {
      const variance = sum / count;
      return Math.sqrt(variance) > 2 ** -24 * Math.abs(mean[feature]!) ? variance : 1;
    }),
  };
}
