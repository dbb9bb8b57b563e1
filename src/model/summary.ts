import Table from 'cli-table3';
import type { Layer } from '../layers/layer.ts';
import type { Sequential } from '../layers/sequential.ts';
import { formatShape } from '../tensor/shape.ts';

/** Number of trainable numbers in a network or layer. */
export function countParameters({ parameters }: Pick<Layer, 'parameters'>): number {
  return parameters.reduce((sum, { value }) => sum + value.size, 0);
}

/** Number of numbers in a network or layer that training keeps without gradients: running averages. */
export function countState({ state = [] }: Pick<Layer, 'state'>): number {
  return state.reduce((sum, { size }) => sum + size, 0);
}

/**
 * A table like Keras's `model.summary()`: layer, output shape (n is the batch), parameters. These include the state
 * of layers that have any; the last lines then tell them apart, as non-trainable.
 */
export function summarize(model: Sequential): string {
  const table = new Table({
    head: ['layer', 'output shape', 'parameters'],
    colAligns: ['left', 'left', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const layer of model.layers) {
    const shape = formatShape(layer.outputShape).replace('[', '[n, ');
    table.push([layer.name, shape, formatCount(countParameters(layer) + countState(layer))]);
  }
  const [trainable, state] = [countParameters(model), countState(model)];
  table.push(['total', '', formatCount(trainable + state)]);
  if (state > 0) {
    table.push(['trainable', '', formatCount(trainable)], ['non-trainable', '', formatCount(state)]);
  }
  return table.toString();
}

function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}
