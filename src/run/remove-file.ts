import { unlinkSync } from 'node:fs';

/**
 * Deletes a file; does nothing if there is none.
 *
 * @throws Error of the system. `rmSync` of Node 26 gives one without a code, which says "Unknown error".
 */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
