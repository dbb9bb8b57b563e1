import type { Operation } from '../operation.ts';

/** y = a · b. */
export function multiply({ inputs, outputs }: Operation<'multiply'>): void {
  const a = inputs.a.values;
  const b = inputs.b.values;
  const y = outputs.y.values;
  for (let i = 0; i < y.length; i++) y[i] = a[i]! * b[i]!;
}

/** y = a + b. */
export function add({ inputs, outputs }: Operation<'add'>): void {
  const a = inputs.a.values;
  const b = inputs.b.values;
  const y = outputs.y.values;
  for (let i = 0; i < y.length; i++) y[i] = a[i]! + b[i]!;
}

/** target ← target + scale · x. */
export function addScaled({ inputs, outputs, constants }: Operation<'addScaled'>): void {
  const x = inputs.x.values;
  const target = outputs.target.values;
  for (let i = 0; i < x.length; i++) target[i]! += constants.scale * x[i]!;
}

/** target ← target · min(1, limit / √squares). */
export function clipByNorm({ inputs, outputs, constants }: Operation<'clipByNorm'>): void {
  const factor = Math.min(1, constants.limit / Math.sqrt(inputs.squares.values[0]!));
  const target = outputs.target.values;
  for (let i = 0; i < target.length; i++) target[i]! *= factor;
}

/** y[i, …] = weights[labels[i]] · x[i, …]. */
export function weightByClass({ inputs, outputs }: Operation<'weightByClass'>): void {
  const x = inputs.x.values;
  const labels = inputs.labels.values;
  const weights = inputs.weights.values;
  const y = outputs.y.values;
  const rowSize = y.length / labels.length;
  for (let i = 0; i < y.length; i++) y[i] = weights[labels[Math.floor(i / rowSize)]!]! * x[i]!;
}
