/** A whole network as the bytes of a safetensors file: what `saveModel` writes, and what a page keeps or sends. */
import { lossOf } from '../layers/loss-types.ts';
import type { LossDescription } from '../layers/loss.ts';
import { type Sequential, sequential } from '../layers/sequential.ts';
import { showValue } from '../show-value.ts';
import { type Shape, ShapeError } from '../tensor/shape.ts';
import { version } from '../version.ts';
import { ModelError, readLayerList } from './layer-list.ts';
import {
  checkFiniteValues,
  decodeSafetensors,
  decodeSafetensorsMetadata,
  encodeSafetensors,
  WeightsError,
} from './safetensors.ts';
import { describeInput, type TrainedNetwork } from './trained-network.ts';
import { checkWeights, getWeights, setWeights } from './weights.ts';

/**
 * A network as bytes: its layers with their options, its weights and statistics, the loss that it was trained with, and the
 * names of its classes.
 *
 * @param name what the network is called
 * @throws RangeError if a layer has an option that a file cannot hold, such as an initializer of your own
 */
export function encodeModel(model: Sequential, name = 'network'): Uint8Array {
  return encodeNetwork({ name, model, classNames: model.classNames, weights: getWeights(model) });
}

/**
 * `encodeModel` for weights that are not in the network. The metadata are `name`, `producer`, `input` (how to prepare an
 * example, in words), and as JSON `layers`, `input_shape`, `loss` and `class_names`.
 */
export function encodeNetwork(network: TrainedNetwork): Uint8Array {
  const { name, model, classNames, weights } = network;
  checkWeights(model, weights, name);
  return encodeSafetensors(weights, {
    name,
    producer: `weft ${version}`,
    input: describeInput(network),
    layers: JSON.stringify(model.describe()),
    input_shape: JSON.stringify(model.inputShape),
    ...(model.loss && { loss: JSON.stringify(model.loss.describe()) }),
    ...(classNames && { class_names: JSON.stringify(classNames) }),
  });
}

/**
 * The network in bytes that `encodeModel` made, with its weights, ready for `predict`.
 *
 * @param source where the bytes come from, for messages
 * @throws WeightsError if they are damaged or hold no network; ModelError if that network has a mistake
 */
export function decodeModel(bytes: Uint8Array, source = 'model'): Sequential {
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(`decodeModel: expected the bytes as a Uint8Array, got ${showValue(bytes)}`);
  }
  const metadata = decodeSafetensorsMetadata(bytes, source);
  const read = (key: string): unknown => parse(metadata[key], `${source}: its metadata: ${key}`);
  const specs = readLayerList(required(read('layers'), 'layers', source), `${source}: layers`);
  const inputShape = required(read('input_shape'), 'input_shape', source) as Shape;
  const model = build(source, () => sequential(specs, { inputShape }));
  const loss = read('loss');
  if (loss !== undefined) model.loss = build(source, () => lossOf(loss as LossDescription, 'loss'));
  const classNames = read('class_names');
  if (classNames !== undefined) model.classNames = checkNames(classNames, source);
  const weights = decodeSafetensors(bytes, source);
  checkFiniteValues(weights, source);
  setWeights(model, weights, source);
  return model;
}

/** @throws ModelError in place of what a network of wrong metadata throws */
function build<T>(source: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError || error instanceof ShapeError) {
      throw new ModelError(`${source}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

function required(value: unknown, key: string, source: string): unknown[] {
  if (value === undefined) {
    throw new WeightsError(
      `${source}: its metadata: ${key} is missing: the file has weights, but not the network that they belong to`,
    );
  }
  if (Array.isArray(value)) return value;
  throw new WeightsError(`${source}: its metadata: ${key} is not a list as JSON`);
}

function checkNames(names: unknown, source: string): readonly string[] {
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return names;
  throw new WeightsError(`${source}: its metadata: class_names is not a list of names as JSON`);
}

function parse(text: string | undefined, what: string): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new WeightsError(`${what} is not a list as JSON`, { cause: error });
  }
}
