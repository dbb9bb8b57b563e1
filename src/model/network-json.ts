import { version } from '../version.ts';
import { describeInput, type TrainedNetwork } from './trained-network.ts';
import { checkWeights } from './weights.ts';

/**
 * A network as text, for reading and for languages without a library: one object, each tensor on a line of its own.
 *
 *     { "format", "producer", "name": what it is
 *       "input": how to prepare an image, "inputShape": [height, width, channels], "classNames": [ … ], "loss"
 *       "layers": [ … ], as a model file has them
 *       "weights": { name: { "shape": [ … ], "values": [ … ] }, … }, row by row, the last dimension together }
 *
 * Each value has just enough digits that reading it gives the same float32.
 *
 * @throws RangeError if a weight is not a finite number, which JSON cannot hold
 */
export function encodeNetworkJson(network: TrainedNetwork): string {
  const { name, model, classNames, weights } = network;
  checkWeights(model, weights, name);
  const facts = {
    format: 'weft network 1',
    producer: `weft ${version}`,
    name,
    input: describeInput(network),
    inputShape: model.inputShape,
    ...(classNames && { classNames }),
    ...(model.loss && { loss: model.loss.describe() }),
    layers: model.describe(),
  };
  const lines = [...weights].map(([tensor, { shape, values }]) => {
    const numbers = Array.from(values, (value) => shortest(value, tensor));
    return `    ${JSON.stringify(tensor)}: { "shape": ${JSON.stringify(shape)}, "values": [${numbers.join(',')}] }`;
  });
  const begin = JSON.stringify(facts, null, 2).slice(0, -'\n}'.length);
  return `${begin},\n  "weights": {\n${lines.join(',\n')}\n  }\n}\n`;
}

/** Nine digits tell any two float32 apart (IEEE 754, section 5.12.2); most need fewer. */
const maxDigits = 9;

/** The shortest decimal number that rounds to this float32. */
function shortest(value: number, tensor: string): string {
  if (!Number.isFinite(value)) {
    throw new RangeError(`${tensor}: a weight is ${value}, which JSON cannot hold; onnx and safetensors can`);
  }
  if (Object.is(value, -0)) return '-0';
  for (let digits = 1; digits < maxDigits; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return String(rounded);
  }
  return String(Number(value.toPrecision(maxDigits)));
}
