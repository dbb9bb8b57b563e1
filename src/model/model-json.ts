import { didYouMean } from '../closest.ts';
import type { Sequential } from '../layers/sequential.ts';
import { showValue } from '../show-value.ts';
import { ModelError } from './layer-list.ts';

const keys = ['layers', 'description'];

/**
 * A network as the text of a model file: `{ "description": "…", "layers": [ … ] }`. Weights are not in it.
 *
 * @param description for people
 * @throws RangeError if JSON cannot hold an option of a layer: an initializer that is not of weft
 */
export function encodeModelJson(model: Sequential, description?: string): string {
  return `${JSON.stringify({ description, layers: model.describe() }, null, 2)}\n`;
}

/**
 * The layers that the text of a model file describes, for `buildModel`, which checks them.
 *
 * @param source where the text comes from, for messages: a path
 * @throws ModelError that begins with the source
 */
export function decodeModelJson(text: string, source: string): unknown {
  const content = parse(text, source);
  if (Array.isArray(content)) {
    throw new ModelError(`${source}: expected {"layers": [ … ]}, got a list; put it under "layers"`);
  }
  if (typeof content !== 'object' || content === null) {
    throw new ModelError(`${source}: expected {"layers": [ … ]}, got ${showValue(content)}`);
  }
  const unknown = Object.keys(content).find((key) => !keys.includes(key));
  if (unknown !== undefined) {
    const question = didYouMean(unknown, keys);
    throw new ModelError(
      `${source}: unknown key ${showValue(unknown)}; ${question}a model has layers and description`,
    );
  }
  const { layers, description } = content as { layers?: unknown; description?: unknown };
  if (description !== undefined && typeof description !== 'string') {
    throw new ModelError(`${source}: description must be a text, got ${showValue(description)}`);
  }
  if (layers === undefined) throw new ModelError(`${source}: layers is missing; expected {"layers": [ … ]}`);
  return layers;
}

function parse(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = (error as Error).message.replaceAll(/\s+/g, ' '); // it may quote lines of the file
    throw new ModelError(`${source}: not valid JSON: ${message}`, { cause: error });
  }
}
