import type { Sequential } from '../layers/sequential.ts';
import type { Engine } from '../tensor/engine.ts';
import { formatShape, sameShape } from '../tensor/shape.ts';
import type { FloatArray } from '../tensor/tensor.ts';
import { type NamedValues, WeightsError } from './safetensors.ts';

/** The weights of a network by name, as an engine has them now. */
export async function readWeights(model: Sequential, engine: Engine): Promise<Map<string, NamedValues>> {
  const weights = new Map<string, NamedValues>();
  for (const { name, value } of model.parameters) {
    weights.set(name, { shape: value.shape, values: asFloat32(await engine.read(value)) });
  }
  return weights;
}

/** Puts weights into a network on an engine. Names and shapes must be the network's own; `source` is for messages. */
export function writeWeights(
  model: Sequential,
  engine: Engine,
  weights: ReadonlyMap<string, NamedValues>,
  source: string,
): void {
  const expected = new Set(model.parameters.map(({ name }) => name));
  const unknown = [...weights.keys()].find((name) => !expected.has(name));
  if (unknown !== undefined) throw new WeightsError(`${source}: the model has no parameter ${unknown}`);
  for (const { name, value } of model.parameters) {
    const found = weights.get(name);
    if (found === undefined)
      throw new WeightsError(`${source}: ${name} ${formatShape(value.shape)} is missing`);
    if (!sameShape(found.shape, value.shape)) {
      throw new WeightsError(
        `${source}: ${name} has shape ${formatShape(found.shape)}, the model expects ${formatShape(value.shape)}`,
      );
    }
  }
  for (const { name, value } of model.parameters) engine.write(value, weights.get(name)!.values);
}

function asFloat32(values: FloatArray): Float32Array {
  return values instanceof Float32Array ? values : Float32Array.from(values);
}
