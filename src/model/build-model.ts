import { type Sequential, sequential, type SequentialOptions } from '../layers/sequential.ts';
import { formatShape, sameShape } from '../tensor/shape.ts';
import { ModelError, readLayerList } from './layer-list.ts';

export interface ModelOptions extends SequentialOptions {
  /** Where the description comes from, for messages: a path, the name of a preset. */
  readonly source: string;
  /** Number of classes, and so of outputs; null for a network that predicts one number. */
  readonly classes: number | null;
}

/**
 * A network from a list of layers as data (see `LayerDescription`), as a model file or a preset has it. The list may
 * come from outside, so all of it is checked.
 *
 * @throws ModelError that names the source, the position of the layer, and what is wrong with it
 */
export function buildModel(layers: unknown, { source, classes, ...options }: ModelOptions): Sequential {
  const specs = readLayerList(layers, `${source}: layers`);
  if (specs.length === 0)
    throw new ModelError(`${source}: layers is empty: a network has at least one layer`);
  const model = sequential(specs, options);
  const outputs = classes ?? 1;
  if (!sameShape(model.outputShape, [outputs])) {
    const last = model.layers.at(-1)!;
    const meaning = classes === null ? 'the number to predict' : 'one number for each class';
    throw new ModelError(
      `${source}: layers[${specs.length - 1}]: the last layer, ${last.name}, gives ${formatShape(last.outputShape)}; ` +
        `it must give [${outputs}], ${meaning}, as {"type": "dense", "units": ${outputs}} does`,
    );
  }
  return model;
}
