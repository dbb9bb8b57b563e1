import type { Operation } from '../operation.ts';

/** y[i, j] = x[i, j] + bias[j]. */
export function addBias({ inputs, outputs }: Operation<'addBias'>): void {
  const x = inputs.x.values;
  const bias = inputs.bias.values;
  const y = outputs.y.values;
  const n = bias.length;
  for (let start = 0; start < x.length; start += n) {
    for (let j = 0; j < n; j++) y[start + j] = x[start + j]! + bias[j]!;
  }
}

/** y[j] = Σᵢ x[i, j], row after row: with x = dy, the gradient of the bias. */
export function sumRows({ inputs, outputs }: Operation<'sumRows'>): void {
  const x = inputs.x.values;
  const y = outputs.y.values;
  const n = y.length;
  y.fill(0);
  for (let start = 0; start < x.length; start += n) {
    for (let j = 0; j < n; j++) y[j]! += x[start + j]!;
  }
}
