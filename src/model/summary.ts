import Table from 'cli-table3';
import type { Sequential } from '../layers/sequential.ts';
import { formatShape } from '../tensor/shape.ts';

/** Number of trainable numbers in a network or layer. */
export function countParameters(model: Pick<Sequential, 'parameters'>): number {
  return model.parameters.reduce((sum, { value }) => sum + value.size, 0);
}

/** A table like Keras's `model.summary()`: layer, output shape (n is the batch), parameters. */
export function summarize(model: Sequential): string {
  const table = new Table({
    head: ['layer', 'output shape', 'parameters'],
    colAligns: ['left', 'left', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const layer of model.layers) {
    const shape = formatShape(layer.outputShape).replace('[', '[n, ');
    table.push([layer.name, shape, formatCount(countParameters(layer))]);
  }
  table.push(['total', '', formatCount(countParameters(model))]);
  return table.toString();
}

function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}
