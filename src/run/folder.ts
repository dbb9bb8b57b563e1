import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from '../atomic-write.ts';
import { lockFile, lockFolder } from './lock.ts';
import { UsageError } from '../cli/framework/usage-error.ts';

/** The folder that a run leaves behind: of one process at a time, and every file in it whole, or as it was before. */
export class RunFolder {
  readonly path: string;
  /** Lets other processes write to the folder. */
  readonly close: () => void;

  private constructor(path: string, close: () => void) {
    this.path = path;
    this.close = close;
  }

  /**
   * A new folder, made before training begins, so that nothing is lost at its end.
   *
   * @throws UsageError if it holds something already, or an error of the file system
   */
  static create(path: string): RunFolder {
    return attempt(path, () => {
      mkdirSync(path, { recursive: true });
      const release = lockFolder(path);
      if (readdirSync(path).some((file) => file !== lockFile)) {
        release();
        throw new UsageError(`--out ${path}: the folder is not empty; choose a new one or empty it`);
      }
      return new RunFolder(path, release);
    });
  }

  /** The folder of a run that is to go on. */
  static open(path: string): RunFolder {
    return attempt(path, () => new RunFolder(path, lockFolder(path)));
  }

  async writeJson(name: string, content: unknown): Promise<void> {
    await this.writeBytes(name, `${JSON.stringify(content, null, 2)}\n`);
  }

  async writeBytes(name: string, content: Uint8Array | string): Promise<void> {
    const path = this.file(name);
    await writeAtomically(path, content).catch((error: unknown) => {
      throw new Error(`cannot write ${path}: ${(error as Error).message}; the file is as it was before`, {
        cause: error,
      });
    });
  }

  remove(name: string): void {
    rmSync(this.file(name), { force: true });
  }

  /** The path of a file. */
  file(name: string): string {
    return join(this.path, name);
  }

  /** The files that are there, of those with these names. */
  existing(names: readonly string[]): string[] {
    return names.filter((name) => existsSync(this.file(name)));
  }
}

function attempt(path: string, open: () => RunFolder): RunFolder {
  try {
    return open();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new Error(`cannot write to the folder ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** `runs/2026-01-31T12-30-00-mlp`, with a number behind it if that exists. */
export function defaultRunPath(model: string, time: Date): string {
  const path = join('runs', `${time.toISOString().slice(0, 19).replaceAll(':', '-')}-${model}`);
  let unused = path;
  for (let number = 2; existsSync(unused); number++) unused = `${path}-${number}`;
  return unused;
}
