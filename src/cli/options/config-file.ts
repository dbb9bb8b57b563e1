import { readTextFile } from '../../read-file.ts';
import { isConfiguration } from '../../run/config.ts';
import { UsageError } from '../framework/usage-error.ts';
import { checkOptions } from './check-options.ts';
import { optionsOfRun } from './run-configuration.ts';
import type { GivenArguments } from './train-arguments.ts';

const maxBytes = 2 ** 24;

/**
 * Reads the file of `--config`: a JSON object with options by name, or the `config.json` of a run.
 *
 * @throws UsageError for a file that cannot be read, an unknown option, or a value that the flag would refuse
 */
export function readConfigFile(path: string): GivenArguments {
  let content: unknown;
  try {
    content = JSON.parse(readTextFile(path, { maxBytes }));
  } catch (error) {
    const reason = (error as Error).message.replaceAll(/\s+/g, ' ');
    throw new UsageError(`--config ${path}: cannot be read: ${reason}`, { cause: error });
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new UsageError(`--config ${path}: expected an object, { "epochs": 5, … }`);
  }
  return isConfiguration(content) ? optionsOfRun(content, path) : checkOptions(content, `--config ${path}`);
}
