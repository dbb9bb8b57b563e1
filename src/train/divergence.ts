import type { NamedValues } from '../model/safetensors.ts';

/** A loss or a weight is no longer a finite number: training has diverged. */
export class DivergenceError extends Error {
  override readonly name = 'DivergenceError';
}

/**
 * @param step the number of the last step that was done: the totals are not read after each, so that the first loss that
 *   is not finite may be that of an earlier step
 * @throws DivergenceError unless `value` is a finite number
 */
export function checkFinite(what: string, value: number, epoch: number, step: number): void {
  if (Number.isFinite(value)) return;
  throw new DivergenceError(
    `${what} became ${value} in epoch ${epoch} by step ${step}: training has diverged; try a lower learning rate`,
  );
}

/** @throws DivergenceError unless all weights are finite numbers */
export function checkFiniteWeights(
  weights: ReadonlyMap<string, NamedValues>,
  epoch: number,
  step: number,
): void {
  for (const [name, { values }] of weights) {
    const wrong = values.find((weight) => !Number.isFinite(weight));
    if (wrong !== undefined) checkFinite(`a weight of ${name}`, wrong, epoch, step);
  }
}
