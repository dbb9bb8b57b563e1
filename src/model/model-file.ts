import { readFileSync } from 'node:fs';
import { didYouMean } from '../closest.ts';
import { ModelError, show } from './layer-list.ts';

const keys = ['layers', 'description'];

/**
 * Reads a model file: JSON, `{ "description": "…", "layers": [ … ] }`, the description being for people.
 *
 * @returns the layers, for `buildModel`, which checks them
 * @throws ModelError that begins with the path
 */
export function readModelFile(path: string): unknown {
  const content = parse(readText(path), path);
  if (Array.isArray(content)) {
    throw new ModelError(`${path}: expected {"layers": [ … ]}, got a list; put it under "layers"`);
  }
  if (typeof content !== 'object' || content === null) {
    throw new ModelError(`${path}: expected {"layers": [ … ]}, got ${show(content)}`);
  }
  const unknown = Object.keys(content).find((key) => !keys.includes(key));
  if (unknown !== undefined) {
    const question = didYouMean(unknown, keys);
    throw new ModelError(
      `${path}: unknown key ${show(unknown)}; ${question}a model has layers and description`,
    );
  }
  const { layers, description } = content as { layers?: unknown; description?: unknown };
  if (description !== undefined && typeof description !== 'string') {
    throw new ModelError(`${path}: description must be a text, got ${show(description)}`);
  }
  if (layers === undefined) throw new ModelError(`${path}: layers is missing; expected {"layers": [ … ]}`);
  return layers;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, ''); // a byte order mark, which Windows editors write
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const known = { ENOENT: 'no such file', EISDIR: 'this is a folder, not a file' }[code ?? ''];
    throw new ModelError(`${path}: ${known ?? message}`, { cause: error });
  }
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = (error as Error).message.replaceAll(/\s+/g, ' '); // it may quote lines of the file
    throw new ModelError(`${path}: not valid JSON: ${message}`, { cause: error });
  }
}
