import type { Operation } from '../operation.ts';

/** y = (Σ x) / count. */
export function mean({ inputs, outputs }: Operation<'mean'>): void {
  const x = inputs.x.values;
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]!;
  outputs.y.values[0] = sum / x.length;
}

/** y = scale · Σ x². */
export function sumSquares({ inputs, outputs, constants }: Operation<'sumSquares'>): void {
  const x = inputs.x.values;
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * x[i]!;
  outputs.y.values[0] = constants.scale * sum;
}

/** y[i] = the j with the largest x[i, j]; the first of equals. */
export function argmax({ inputs, outputs }: Operation<'argmax'>): void {
  const x = inputs.x.values;
  const y = outputs.y.values;
  const n = inputs.x.shape[1]!;
  for (let i = 0; i < y.length; i++) {
    let best = 0;
    for (let j = 1; j < n; j++) if (x[i * n + j]! > x[i * n + best]!) best = j;
    y[i] = best;
  }
}

/** count = the number of i with a[i] = b[i]. */
export function countEqual({ inputs, outputs }: Operation<'countEqual'>): void {
  const a = inputs.a.values;
  const b = inputs.b.values;
  let count = 0;
  for (let i = 0; i < a.length; i++) if (a[i] === b[i]) count++;
  outputs.count.values[0] = count;
}
