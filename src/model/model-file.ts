import { readTextFile } from '../read-file.ts';
import { ModelError } from './layer-list.ts';
import { decodeModelJson } from './model-json.ts';

const maxBytes = 2 ** 24;

/**
 * The layers that a model file describes, for `buildModel`, which checks them.
 *
 * @throws ModelError that begins with the path
 */
export function readModelFile(path: string): unknown {
  return decodeModelJson(readText(path), path);
}

function readText(path: string): string {
  try {
    return readTextFile(path, { maxBytes });
  } catch (error) {
    throw new ModelError(`${path}: ${(error as Error).message}`, { cause: error });
  }
}
