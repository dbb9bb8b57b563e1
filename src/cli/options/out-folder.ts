import { FolderNotEmptyError } from '../../run/errors.ts';
import { RunFolder } from '../../run/folder.ts';
import { UsageError } from '../framework/usage-error.ts';

/**
 * Makes the folder of `--out`, new or empty; without one, a new folder below `runs`.
 *
 * @param name what the run is of, for the name of the new folder
 * @throws UsageError if the folder of `--out` holds something already
 */
export function createOutFolder(path: string | undefined, name: string): RunFolder {
  if (path === undefined) return RunFolder.createDefault(name);
  try {
    return RunFolder.create(path);
  } catch (error) {
    throw error instanceof FolderNotEmptyError ? new UsageError(`--out ${error.message}`) : error;
  }
}
