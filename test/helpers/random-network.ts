import { buildModel } from '../../src/model/build-model.ts';
import type { LayerDescription } from '../../src/layers/layer.ts';
import type { NamedValues } from '../../src/model/safetensors.ts';
import type { TrainedNetwork } from '../../src/model/trained-network.ts';
import { RandomStream } from '../../src/tensor/random.ts';
import type { Shape } from '../../src/tensor/shape.ts';

export const classNames: readonly string[] = ['boot', 'coat', 'bag'];

/** A network with random weights and running averages. (In a fresh network many are 0 or 1, which hides mistakes.) */
export function randomNetwork(layers: readonly LayerDescription[], inputShape: Shape): TrainedNetwork {
  const model = buildModel(layers, { source: 'test', inputShape, classes: classNames.length, seed: 3 });
  const weights = new Map<string, NamedValues>();
  for (const tensor of [...model.parameters.map(({ value }) => value), ...model.state]) {
    const random = new RandomStream(5, tensor.name);
    const [from, to] = tensor.name.endsWith('variance') ? [0.5, 2] : [-0.6, 0.6];
    for (let i = 0; i < tensor.size; i++) tensor.values[i] = from + (to - from) * random.uniform(i);
    weights.set(tensor.name, { shape: tensor.shape, values: Float32Array.from(tensor.values) });
  }
  return { name: 'test', model, classNames, weights };
}
