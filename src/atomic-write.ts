import { rename, rm, writeFile } from 'node:fs/promises';

/**
 * Writes a file so that it is there as it was or as it is to be, whenever the process is killed or the disk is full: to a
 * temporary file beside it, on to the disk, then renamed. `writeFile` goes on after a write that took only a part, and
 * fails where nothing more goes in: a single `write` would leave the first half, and the rename make it count.
 */
export async function writeAtomically(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    await writeFile(temporary, content, { flush: true });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}
