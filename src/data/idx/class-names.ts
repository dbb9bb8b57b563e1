/** The names of the classes of an IDX data set, whose labels are only numbers. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readRegularFile } from '../../read-file.ts';
import { shortenMiddle, visible } from '../../visible.ts';
import { maxClasses } from '../dataset.ts';
import { DataError, sha256 } from './idx.ts';

/** The optional file with the name of a class in each line, that of label 0 first. */
export const classNamesFile = 'classes.txt';

/** 256 names need far less. */
const maxBytes = 2 ** 20;

/** The names in `classes.txt` with the file's SHA-256; null if there is no such file. */
export function readClassNames(
  folder: string,
): { readonly names: readonly string[]; readonly checksum: string } | null {
  const path = join(folder, classNamesFile);
  if (!existsSync(path)) return null;
  const bytes = readBytes(path);
  const names = bytes
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.trim());
  const wrong = names.findIndex((name, line) => name === '' || names.indexOf(name) !== line);
  if (wrong >= 0) {
    const found = names[wrong] === '' ? 'an empty one' : `"${shown(names[wrong]!)}" a second time`;
    throw new DataError(
      `${classNamesFile}: expected the name of a class in each line, found ${found} in line ${wrong + 1}`,
    );
  }
  if (names.length < 2 || names.length > maxClasses) {
    throw new DataError(
      `${classNamesFile}: expected from 2 to ${maxClasses} names of classes, found ${names.length}`,
    );
  }
  return { names, checksum: sha256(bytes) };
}

/** A name as a message has it. */
function shown(name: string): string {
  return shortenMiddle(visible(name), 40);
}

function readBytes(path: string): Buffer {
  try {
    return readRegularFile(path, { maxBytes });
  } catch (error) {
    throw new DataError(`${path}: cannot read the names of the classes: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Names for a data set without any: `0`, `1`, … up to the largest training label. */
export function numberedClasses(folder: string, labels: Uint8Array): string[] {
  const largest = labels.reduce((most, label) => Math.max(most, label), 0);
  if (largest === 0) {
    throw new DataError(`${folder}: all training labels are 0; classification needs at least two classes`);
  }
  return Array.from({ length: largest + 1 }, (_, label) => `${label}`);
}

/** @throws DataError if a label has no class */
export function checkLabels(folder: string, part: string, labels: Uint8Array, classes: number): void {
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    throw new DataError(
      `${folder}: expected ${part} labels from 0 to ${classes - 1}, for ${classes} classes; ` +
        `found ${labels[wrong]} at position ${wrong}`,
    );
  }
}
