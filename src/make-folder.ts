import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder, and those that lead to it.
 *
 * @throws Error of the system. On a file system that is read-only, Node says ENOENT when it makes several folders at a
 *   time; to make the first of them alone gives the reason.
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') mkdirSync(firstMissing(resolve(path)));
    throw error;
  }
}

function firstMissing(path: string): string {
  const parent = dirname(path);
  return existsSync(parent) ? path : firstMissing(parent);
}
