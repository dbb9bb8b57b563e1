import { type Sequential, sequential, type SequentialOptions } from '../layers/sequential.ts';
import { formatShape, sameShape } from '../tensor/shape.ts';
import { ModelError, readLayerList } from './layer-list.ts';

export interface ModelOptions extends SequentialOptions {
  /** Where the description comes from, for messages: a path, the name of a preset. */
  readonly source: string;
  /** Number of classes, and so of outputs. */
  readonly classes: number;
}

/**
 * A classifier from a list of layers as data (see `LayerDescription`), as a model file or a preset has it. The list may
 * come from outside, so all of it is checked.
 *
 * @throws ModelError that names the source, the position of the layer, and what is wrong with it
 */
export function buildModel(layers: unknown, { source, classes, ...options }: ModelOptions): Sequential {
  const specs = readLayerList(layers, `${source}: layers`);
  if (specs.length === 0)
    throw new ModelError(`${source}: layers is empty: a network has at least one layer`);
  const model = sequential(specs, options);
  if (!sameShape(model.outputShape, [classes])) {
    const last = model.layers.at(-1)!;
    throw new ModelError(
      `${source}: layers[${specs.length - 1}]: the last layer, ${last.name}, gives ${formatShape(last.outputShape)}; ` +
        `it must give [${classes}], one number for each class, as {"type": "dense", "units": ${classes}} does`,
    );
  }
  return model;
}
