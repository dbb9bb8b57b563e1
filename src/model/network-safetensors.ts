import { version } from '../version.ts';
import { buildModel } from './build-model.ts';
import {
  decodeSafetensors,
  decodeSafetensorsMetadata,
  encodeSafetensors,
  WeightsError,
} from './safetensors.ts';
import { describeInput, type TrainedNetwork } from './trained-network.ts';
import { checkWeights } from './weights.ts';

/**
 * A network as a safetensors file that holds all it takes to build it again. Its metadata are `name`, `producer`, `input`
 * (how to prepare an image), and as JSON `layers`, `input_shape` and `class_names`.
 */
export function encodeNetworkSafetensors(network: TrainedNetwork): Uint8Array {
  const { name, model, classNames, weights } = network;
  checkWeights(model, weights, name);
  return encodeSafetensors(weights, {
    name,
    producer: `weft ${version}`,
    input: describeInput(network),
    layers: JSON.stringify(model.describe()),
    input_shape: JSON.stringify(model.inputShape),
    class_names: JSON.stringify(classNames),
  });
}

/**
 * The network in a file that `encodeNetworkSafetensors` made. Its model has initial weights; `setWeights` gives it
 * those of the file.
 *
 * @param file for messages
 * @throws WeightsError if the file is damaged or its metadata have no network; ModelError if that network has a mistake
 */
export function decodeNetworkSafetensors(bytes: Uint8Array, file: string): TrainedNetwork {
  const metadata = decodeSafetensorsMetadata(bytes, file);
  const [layers, inputShape, classNames] = ['layers', 'input_shape', 'class_names'].map((key) =>
    parseList(metadata[key], `${file}: its metadata: ${key}`),
  ) as [unknown[], number[], string[]];
  const model = buildModel(layers, { source: file, inputShape, classes: classNames.length });
  const weights = decodeSafetensors(bytes, file);
  checkWeights(model, weights, file);
  return { name: metadata['name'] ?? file, model, classNames, weights };
}

function parseList(text: string | undefined, what: string): unknown[] {
  if (text === undefined) {
    throw new WeightsError(
      `${what} is missing: the file has weights, but not the network that they belong to`,
    );
  }
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value;
  } catch {
    // the error below says so
  }
  throw new WeightsError(`${what} is not a list as JSON`);
}
