import { InputError } from '../input-error.ts';

/** A folder that is not what a run leaves behind. The message names it. */
export class RunError extends InputError {
  override readonly name = 'RunError';
}

/** A folder that should be new or empty and is not. The message names it. */
export class FolderNotEmptyError extends Error {
  override readonly name = 'FolderNotEmptyError';
}
