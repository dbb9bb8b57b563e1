import type { Options, PositionalOptions } from 'yargs';
import { filled } from '../framework/numbers.ts';

/** `<run>`, for every command that works on a finished run. */
export const runPositional: PositionalOptions & { readonly type: 'string'; readonly demandOption: true } = {
  type: 'string',
  demandOption: true,
  describe: 'Folder of a run, as train writes it',
};

/** `--data` of these commands. */
export const runDataOption: Options & { readonly coerce: (text: string) => string } = {
  type: 'string',
  requiresArg: true,
  coerce: filled('data'),
  describe:
    'Other data: a folder with the same image shape and classes, or a table with the same columns (default: the data of the run)',
};
