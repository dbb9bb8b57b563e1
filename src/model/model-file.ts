import { readFileSync } from 'node:fs';
import { ModelError } from './layer-list.ts';
import { decodeModelJson } from './model-json.ts';

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
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, ''); // a byte order mark, which Windows editors write
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const known = { ENOENT: 'no such file', EISDIR: 'this is a folder, not a file' }[code ?? ''];
    throw new ModelError(`${path}: ${known ?? message}`, { cause: error });
  }
}
