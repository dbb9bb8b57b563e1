import type { Sequential } from '../layers/sequential.ts';
import type { Engine } from '../engine/engine.ts';
import { formatShape, sameShape } from '../tensor/shape.ts';
import type { FloatArray, Tensor } from '../tensor/tensor.ts';
import { type NamedValues, WeightsError } from './safetensors.ts';

/** All that a network has learned: its parameters, and state such as running averages. */
function learned({ parameters, state }: Sequential): readonly Tensor[] {
  return [...parameters.map(({ value }) => value), ...state];
}

/** The weights of a network by name, its state included, as an engine has them now. */
export function readWeights(model: Sequential, engine: Engine): Promise<Map<string, NamedValues>> {
  return readTensors(learned(model), engine);
}

/** The values of tensors by name, as an engine has them now. */
export async function readTensors(
  tensors: Iterable<Tensor>,
  engine: Engine,
): Promise<Map<string, NamedValues>> {
  const values = new Map<string, NamedValues>();
  for (const tensor of tensors) {
    values.set(tensor.name, { shape: tensor.shape, values: asFloat32(await engine.read(tensor)) });
  }
  return values;
}

/**
 * Puts weights into a network on an engine.
 *
 * @param source where the weights come from, for messages
 * @throws WeightsError unless names and shapes are the network's own; then nothing is changed
 */
export function writeWeights(
  model: Sequential,
  engine: Engine,
  weights: ReadonlyMap<string, NamedValues>,
  source: string,
): void {
  checkWeights(model, weights, source);
  for (const tensor of learned(model)) engine.write(tensor, weights.get(tensor.name)!.values);
}

/** Leaves the weights that an engine has now in the network's own tensors, where the next engine finds them. */
export async function keepWeights(model: Sequential, engine: Engine): Promise<void> {
  for (const tensor of learned(model)) tensor.values.set(await engine.read(tensor));
}

/**
 * Puts weights into a network's own tensors, for engines that have not seen it yet.
 *
 * @param source where the weights come from, for messages
 * @throws WeightsError unless names and shapes are the network's own; then nothing is changed
 */
export function setWeights(
  model: Sequential,
  weights: ReadonlyMap<string, NamedValues>,
  source: string,
): void {
  checkWeights(model, weights, source);
  for (const tensor of learned(model)) tensor.values.set(weights.get(tensor.name)!.values);
}

/** The weights in a network's own tensors, by name: those it began with, or that `fit` left. */
export function getWeights(model: Sequential): Map<string, NamedValues> {
  return new Map(
    learned(model).map(({ name, shape, values }) => [name, { shape, values: asFloat32(values) }]),
  );
}

/** @throws WeightsError unless names and shapes are those of the network */
export function checkWeights(
  model: Sequential,
  weights: ReadonlyMap<string, NamedValues>,
  source: string,
): void {
  checkTensors(learned(model), weights, source, 'the model');
}

/** @throws WeightsError unless names and shapes are those of the tensors of `owner`, `the model` say */
export function checkTensors(
  tensors: readonly Tensor[],
  values: ReadonlyMap<string, NamedValues>,
  source: string,
  owner: string,
): void {
  const expected = new Set(tensors.map(({ name }) => name));
  for (const [name, { shape }] of values) {
    if (expected.has(name)) continue;
    const first = tensors[0] ? `; its first is ${tensors[0].name} ${formatShape(tensors[0].shape)}` : '';
    throw new WeightsError(`${source}: ${owner} has no parameter ${name} ${formatShape(shape)}${first}`);
  }
  for (const { name, shape } of tensors) {
    const found = values.get(name);
    if (found === undefined) throw new WeightsError(`${source}: ${name} ${formatShape(shape)} is missing`);
    if (!sameShape(found.shape, shape)) {
      throw new WeightsError(
        `${source}: ${name} has shape ${formatShape(found.shape)}, ${owner} expects ${formatShape(shape)}`,
      );
    }
  }
}

function asFloat32(values: FloatArray): Float32Array {
  return values instanceof Float32Array ? values : Float32Array.from(values);
}
