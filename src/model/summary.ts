import Table from 'cli-table3';
import type { Sequential } from '../layers/sequential.ts';
import { formatShape } from '../tensor/shape.ts';
import type { LayerCost } from './costs.ts';
import { countParameters, countState } from './parameter-count.ts';

/**
 * A table like Keras's `model.summary()`: layer, output shape (n is the batch), parameters. The parameters include
 * the state of layers that have one; the last lines then count it apart, as non-trainable.
 *
 * @param costs Those of the same network add a column with the multiply-adds for one example.
 */
export function summarize(model: Sequential, costs?: readonly LayerCost[]): string {
  const table = new Table({
    head: ['layer', 'output shape', 'parameters', ...(costs ? ['multiply-adds'] : [])],
    colAligns: ['left', 'left', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  const blank = costs ? [''] : [];
  for (const [index, layer] of model.layers.entries()) {
    const shape = formatShape(layer.outputShape).replace('[', '[n, ');
    const parameters = countParameters(layer) + countState(layer);
    const multiplyAdds = costs ? [formatCount(costs[index]!.multiplyAdds)] : [];
    table.push([layer.name, shape, formatCount(parameters), ...multiplyAdds]);
  }
  const [trainable, state] = [countParameters(model), countState(model)];
  const multiplyAdds = costs?.reduce((sum, cost) => sum + cost.multiplyAdds, 0);
  const total = multiplyAdds === undefined ? [] : [formatCount(multiplyAdds)];
  table.push(['total', '', formatCount(trainable + state), ...total]);
  if (state > 0) {
    table.push(
      ['trainable', '', formatCount(trainable), ...blank],
      ['non-trainable', '', formatCount(state), ...blank],
    );
  }
  return table.toString();
}

/** 53354 becomes 53,354. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}
