import type { Sequential } from '../layers/sequential.ts';
import { showValue } from '../show-value.ts';

/** @throws TypeError unless a network was given */
export function checkModel(caller: string, model: Sequential): void {
  const isModel = typeof model === 'object' && model !== null && 'layers' in model && 'forward' in model;
  if (!isModel) {
    throw new TypeError(
      `${caller}: model: expected a network, as sequential() makes it, got ${showValue(model)}`,
    );
  }
}
