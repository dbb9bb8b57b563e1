/**
 * The weights of a network, that is its parameters and its state (running averages), by name. They can be in three
 * places, and each has a pair of verbs:
 *
 *     readWeights, writeWeights    an engine, which has its own copy from its first program on
 *     getWeights, setWeights       the network's own tensors, from which an engine takes its first copy
 *     saveWeights, loadWeights     a file (weights-file.ts), from and into the network's own tensors
 *
 * What goes into a network is checked: names and shapes must be those of the network.
 */
import type { Sequential } from '../layers/sequential.ts';
import type { Engine } from '../engine/engine.ts';
import { formatShape, sameShape } from '../tensor/shape.ts';
import type { FloatArray, Tensor } from '../tensor/tensor.ts';
import { type NamedValues, WeightsError } from './safetensors.ts';

/** The tensors that hold the weights of a network. */
function weightTensors({ parameters, state }: Sequential): readonly Tensor[] {
  return [...parameters.map(({ value }) => value), ...state];
}

/** The weights that an engine has now. */
export function readWeights(model: Sequential, engine: Engine): Promise<Map<string, NamedValues>> {
  return readTensors(weightTensors(model), engine);
}

/** The values that an engine has now of any tensors, by name. */
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
 * Gives an engine weights for a network.
 *
 * @param source where the weights come from, for messages
 * @throws WeightsError unless names and shapes are those of the network; then nothing has changed
 */
export function writeWeights(
  model: Sequential,
  engine: Engine,
  weights: ReadonlyMap<string, NamedValues>,
  source: string,
): void {
  checkWeights(model, weights, source);
  for (const tensor of weightTensors(model)) engine.write(tensor, weights.get(tensor.name)!.values);
}

/**
 * Puts weights into a network's own tensors. Engines that already run the network keep their copy.
 *
 * @param source where the weights come from, for messages
 * @throws WeightsError unless names and shapes are those of the network; then nothing has changed
 */
export function setWeights(
  model: Sequential,
  weights: ReadonlyMap<string, NamedValues>,
  source: string,
): void {
  checkWeights(model, weights, source);
  for (const tensor of weightTensors(model)) tensor.values.set(weights.get(tensor.name)!.values);
}

/** The weights in a network's own tensors: the initial ones, or those that `fit` left there. */
export function getWeights(model: Sequential): Map<string, NamedValues> {
  return new Map(
    weightTensors(model).map(({ name, shape, values }) => [name, { shape, values: asFloat32(values) }]),
  );
}

/** @throws WeightsError unless names and shapes are those of the network */
export function checkWeights(
  model: Sequential,
  weights: ReadonlyMap<string, NamedValues>,
  source: string,
): void {
  checkTensors(weightTensors(model), weights, source, 'the model');
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
