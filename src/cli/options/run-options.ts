import type { Options, PositionalOptions } from 'yargs';
import { single } from '../framework/numbers.ts';

/** `<run>`, for every command that works on what a run left. */
export const runPositional: PositionalOptions & { readonly type: 'string'; readonly demandOption: true } = {
  type: 'string',
  demandOption: true,
  describe: 'Folder of a run, as train leaves it',
};

/** `--data` of these commands. */
export const runDataOption: Options & { readonly coerce: (text: string) => string } = {
  type: 'string',
  requiresArg: true,
  coerce: single('data'),
  describe: 'Folder with other data of the same shape and classes (default: those of the run)',
};
