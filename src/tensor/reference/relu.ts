import type { Operation } from '../operation.ts';

/** y = max(x, 0); NaN stays NaN, so that a diverged run is noticed. */
export function relu({ inputs, outputs }: Operation<'relu'>): void {
  const x = inputs.x.values;
  const y = outputs.y.values;
  for (let i = 0; i < x.length; i++) y[i] = x[i]! < 0 ? 0 : x[i]!;
}

/** dx = dy where y > 0, else 0: the derivative of max(x, 0), taken as 0 at x = 0. */
export function reluBackward({ inputs, outputs }: Operation<'reluBackward'>): void {
  const y = inputs.y.values;
  const dy = inputs.dy.values;
  const dx = outputs.dx.values;
  for (let i = 0; i < y.length; i++) dx[i] = y[i]! > 0 ? dy[i]! : 0;
}

/** y = x where x > 0, else negativeSlope · x; NaN stays NaN here too. */
export function leakyRelu({ inputs, outputs, constants }: Operation<'leakyRelu'>): void {
  const x = inputs.x.values;
  const y = outputs.y.values;
  for (let i = 0; i < x.length; i++) y[i] = x[i]! > 0 ? x[i]! : constants.negativeSlope * x[i]!;
}

/** dx = dy where y > 0, else negativeSlope · dy: the derivative at x = 0 is taken as the slope. */
export function leakyReluBackward({ inputs, outputs, constants }: Operation<'leakyReluBackward'>): void {
  const y = inputs.y.values;
  const dy = inputs.dy.values;
  const dx = outputs.dx.values;
  for (let i = 0; i < y.length; i++) dx[i] = y[i]! > 0 ? dy[i]! : constants.negativeSlope * dy[i]!;
}
