import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { replacedFile, writeAtomically } from '../atomic-write.ts';
import { makeFolder } from '../make-folder.ts';
import { FolderNotEmptyError } from './errors.ts';
import { isLockFile, lockFolder } from './lock.ts';
import { removeFile } from './remove-file.ts';

/**
 * The folder that a run writes to. It is locked, so that one process writes to it at a time. Each file is written whole:
 * after a kill or on a full disk it is either the new file or the one before.
 */
export class RunFolder {
  readonly path: string;
  /** Gives up the lock, so that other processes may write to the folder. */
  readonly close: () => void;
  readonly #written = new Set<string>();

  private constructor(path: string, close: () => void) {
    this.path = path;
    this.close = close;
  }

  /**
   * Makes a new folder. Call it before training begins, so that an error costs no work.
   *
   * @throws FolderNotEmptyError if the folder holds something already; Error if it cannot be written to
   */
  static create(path: string): RunFolder {
    return attempt(path, () => {
      makeFolder(path);
      const release = lockFolder(path);
      if (readdirSync(path).some((file) => !isLockFile(file))) {
        release();
        throw new FolderNotEmptyError(`${path}: the folder is not empty; choose a new one or empty it`);
      }
      return new RunFolder(path, release);
    });
  }

  /**
   * Makes a folder below `runs` that no other process has: `runs/2026-01-31T12-30-00-mlp`, with `-2`, `-3`, … at its end if
   * there is one of that name.
   *
   * @param name what the run is of, such as `mlp`
   */
  static createDefault(name: string, time: Date = new Date()): RunFolder {
    const parent = 'runs';
    const path = join(parent, `${time.toISOString().slice(0, 19).replaceAll(':', '-')}-${name}`);
    const unused = attempt(path, () => {
      makeFolder(parent);
      let candidate = path;
      for (let number = 2; !isMade(candidate); number++) candidate = `${path}-${number}`;
      return candidate;
    });
    return RunFolder.create(unused);
  }

  /**
   * Opens the folder of a run that goes on. Read the run's state after this: before, another process may still write it.
   * What a killed process had written in part is removed.
   *
   * @throws Error if another process writes to it, or if it cannot be written to
   */
  static open(path: string): RunFolder {
    return attempt(path, () => {
      const folder = new RunFolder(path, lockFolder(path));
      for (const name of readdirSync(path)) if (replacedFile(name) !== null) folder.remove(name);
      return folder;
    });
  }

  async writeJson(name: string, content: unknown): Promise<void> {
    await this.write(name, `${JSON.stringify(content, null, 2)}\n`);
  }

  /** @throws Error that names the file; what it held before is still there */
  async write(name: string, content: Uint8Array | string): Promise<void> {
    const path = this.file(name);
    this.#written.add(name);
    await writeAtomically(path, content).catch((error: unknown) => {
      throw new Error(`cannot write ${path}: ${(error as Error).message}; the file is as it was before`, {
        cause: error,
      });
    });
  }

  /** Deletes a file; does nothing if there is none. @throws Error that names the file */
  remove(name: string): void {
    const path = this.file(name);
    try {
      removeFile(path);
    } catch (error) {
      throw new Error(`cannot delete ${path}: ${(error as Error).message}`, { cause: error });
    }
  }

  /**
   * Deletes what was written since the folder was opened, as far as the disk allows it: for a run that failed before it had
   * anything to keep. A later run can then take the folder.
   */
  removeWritten(): void {
    for (const name of this.#written) {
      try {
        this.remove(name);
      } catch {
        return; // this must not hide why the run failed
      }
    }
  }

  /** The path of a file. */
  file(name: string): string {
    return join(this.path, name);
  }

  /** Those of the named files that exist. */
  existing(names: readonly string[]): string[] {
    return names.filter((name) => existsSync(this.file(name)));
  }
}

function attempt<Result>(path: string, open: () => Result): Result {
  try {
    return open();
  } catch (error) {
    if (error instanceof FolderNotEmptyError) throw error;
    throw new Error(`cannot write to the folder ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** Makes a folder. Of several processes that try, one succeeds. @returns false if it exists already */
function isMade(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
