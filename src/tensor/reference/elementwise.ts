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
