import { realpathSync, statSync } from 'node:fs';
import { dirname, sep } from 'node:path';
import { UsageError } from './usage-error.ts';

/**
 * Refuses to write over what a command reads.
 *
 * @param option that names the file to write: `--steps`
 * @param inputs files, and folders of which all files are read; those that do not exist are ignored
 * @throws UsageError if the file is one of them, by whatever path or link, or would lie in one of the folders
 */
export function refuseInputs(option: string, path: string, inputs: readonly string[]): void {
  const file = identityOf(path);
  const folder = realPathOf(dirname(path));
  for (const input of inputs) {
    if (file !== null && identityOf(input) === file) {
      throw new UsageError(`${option} ${path}: this file is read; choose another name`);
    }
    const read = realPathOf(input);
    if (read !== null && folder !== null && `${folder}${sep}`.startsWith(`${read}${sep}`)) {
      throw new UsageError(`${option} ${path}: the pictures in ${input} are read; choose another folder`);
    }
  }
}

/** Two paths with the same identity lead to the same file. */
function identityOf(path: string): string | null {
  const status = attempt(() => statSync(path, { bigint: true }));
  return status === null ? null : `${status.dev}:${status.ino}`;
}

function realPathOf(path: string): string | null {
  return attempt(() => realpathSync(path));
}

/** A path that cannot be looked at leads to an error later, where it is read or written. */
function attempt<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}
