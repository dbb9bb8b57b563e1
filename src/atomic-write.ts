import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { lstat, open, realpath, rename, rm, stat } from 'node:fs/promises';

/**
 * Writes a file so that it is there as it was or as it is to be, whenever the process is killed or the disk is full: to a
 * temporary file beside it, on to the disk, then renamed. `writeFile` goes on after a write that took only a part, and
 * fails where nothing more goes in: a single `write` would leave the first half, and the rename make it count.
 *
 * Only a regular file is replaced; it keeps its permissions. If the path is a symbolic link, the file that it names is
 * replaced, and the link stays. The name of the temporary file cannot be guessed, and it must be new: a link that someone
 * has put in its place is not followed.
 *
 * @throws Error with one line that says the reason, without the path unless the system's message has it
 */
export async function writeAtomically(path: string, content: Uint8Array | string): Promise<void> {
  const { target, mode } = await targetOf(path);
  const temporary = `${target}.${randomBytes(temporaryBytes).toString('hex')}.tmp`;
  const file = await open(temporary, 'wx', mode);
  try {
    await file
      .writeFile(content)
      .then(() => file.sync())
      .finally(() => file.close());
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

/** Writes several files of a folder, each so. @throws Error with one line that names the file */
export async function writeAllAtomically(
  folder: string,
  files: ReadonlyMap<string, Uint8Array | string>,
): Promise<void> {
  for (const [name, content] of files) {
    const path = join(folder, name);
    await writeAtomically(path, content).catch((error: unknown) => {
      throw new Error(`cannot write ${path}: ${(error as Error).message}`, { cause: error });
    });
  }
}

const temporaryBytes = 6;
const ending = new RegExp(`\\.[0-9a-f]{${2 * temporaryBytes}}\\.tmp$`);

/** The file that a temporary file was to replace, if a process was killed while it wrote it; null for any other name. */
export function replacedFile(name: string): string | null {
  return ending.test(name) ? name.replace(ending, '') : null;
}

/** The file behind the links of a path, and the permissions for a new one, which the process's umask limits. */
async function targetOf(path: string): Promise<{ readonly target: string; readonly mode: number }> {
  const isThere = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (isThere === null) return { target: path, mode: 0o666 };
  const status = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new Error('this is a symbolic link to nothing', { cause: error }) : error;
  });
  if (status.isDirectory()) throw new Error('EISDIR: this is a folder, not a file');
  if (!status.isFile()) throw new Error('this is a device or a pipe; only a regular file is replaced');
  return { target: isThere.isSymbolicLink() ? await realpath(path) : path, mode: status.mode & 0o777 };
}
