import { FolderNotEmptyError } from '../../run/errors.ts';
import { RunFolder } from '../../run/folder.ts';
import { UsageError } from '../framework/usage-error.ts';

/** Makes the folder of `--out`, new or empty. @throws UsageError if it holds something already */
export function createOutFolder(path: string): RunFolder {
  try {
    return RunFolder.create(path);
  } catch (error) {
    throw error instanceof FolderNotEmptyError ? new UsageError(`--out ${error.message}`) : error;
  }
}
