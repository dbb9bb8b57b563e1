import type { Operation } from '../operation.ts';

/** y[i, …] = scale · images[indices[i], …]: a batch of bytes becomes floats only now, so the data stays small. */
export function gatherImages({ inputs, outputs, constants }: Operation<'gatherImages'>): void {
  const images = inputs.images.values;
  const indices = inputs.indices.values;
  const y = outputs.y.values;
  const pixels = y.length / indices.length;
  // the scale as float32 has it: the products are then exact in double, and rounded once, as in every engine
  const scale = Math.fround(constants.scale);
  for (let i = 0; i < indices.length; i++) {
    const source = indices[i]! * pixels;
    for (let p = 0; p < pixels; p++) y[i * pixels + p] = images[source + p]! * scale;
  }
}

/** y[i] = labels[indices[i]]. */
export function gatherLabels({ inputs, outputs }: Operation<'gatherLabels'>): void {
  const labels = inputs.labels.values;
  const indices = inputs.indices.values;
  const y = outputs.y.values;
  for (let i = 0; i < indices.length; i++) y[i] = labels[indices[i]!]!;
}

/** y[i, …] = x[indices[i], …]. */
export function gatherRows({ inputs, outputs }: Operation<'gatherRows'>): void {
  const x = inputs.x.values;
  const indices = inputs.indices.values;
  const y = outputs.y.values;
  const size = y.length / indices.length;
  for (let i = 0; i < indices.length; i++) {
    const source = indices[i]! * size;
    for (let p = 0; p < size; p++) y[i * size + p] = x[source + p]!;
  }
}
