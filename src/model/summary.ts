import { textTable } from '../text-table.ts';
import type { Sequential } from '../layers/sequential.ts';
import { formatShape } from '../tensor/shape.ts';
import type { LayerCost } from './costs.ts';
import { countParameters, countState } from './parameter-count.ts';

export interface SummaryOptions {
  /** Those of the same network add a column with the multiply-adds for one example. */
  readonly costs?: readonly LayerCost[];
  /** The width of the terminal; any width if left out. */
  readonly columns?: number;
}

/**
 * A table like Keras's `model.summary()`: layer, output shape (n is the batch), parameters. The parameters include
 * the state of layers that have one; the last lines then count it apart, as non-trainable.
 */
export function summarize(model: Sequential, { costs, columns = Infinity }: SummaryOptions = {}): string {
  const rows = model.layers.map((layer, index) => [
    layer.name,
    formatShape(layer.outputShape).replace('[', '[n, '),
    formatCount(countParameters(layer) + countState(layer)),
    ...(costs ? [formatCount(costs[index]!.multiplyAdds)] : []),
  ]);
  const [trainable, state] = [countParameters(model), countState(model)];
  const multiplyAdds = costs?.reduce((sum, cost) => sum + cost.multiplyAdds, 0);
  const blank = costs ? [''] : [];
  rows.push([
    'total',
    '',
    formatCount(trainable + state),
    ...(multiplyAdds === undefined ? [] : [formatCount(multiplyAdds)]),
  ]);
  if (state > 0) {
    rows.push(['trainable', '', formatCount(trainable), ...blank]);
    rows.push(['non-trainable', '', formatCount(state), ...blank]);
  }
  const head = ['layer', 'output shape', 'parameters', ...(costs ? ['multiply-adds'] : [])];
  return textTable({ head, rows, textColumns: [0, 1], columns });
}

/** 53354 becomes 53,354. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}
