import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder, writeTinyDataset } from './idx-file.ts';

export const main: string = join(import.meta.dirname, '../../src/cli/main.ts');

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with a small data set, and functions that run the command line there. */
export interface CliFolder {
  readonly path: string;
  /** The folder of the data set. */
  readonly data: string;
  readonly weft: (...args: string[]) => Outcome;
  /** Runs a command with additional environment variables. */
  readonly weftIn: (environment: NodeJS.ProcessEnv, ...args: string[]) => Outcome;
  /** Runs a line of bash in the folder. */
  readonly shell: (line: string) => Outcome;
  readonly remove: () => void;
}

export function cliFolder(): CliFolder {
  const folder = temporaryFolder();
  const { path } = folder;
  const data = join(path, 'data');
  mkdirSync(data);
  writeTinyDataset(data);
  const weftIn: CliFolder['weftIn'] = (environment, ...args) => {
    const env = { ...process.env, NO_COLOR: '1', ...environment };
    return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', cwd: path, env });
  };
  const shell: CliFolder['shell'] = (line) =>
    spawnSync('bash', ['-c', line], { encoding: 'utf8', cwd: path });
  return { path, data, shell, weft: (...args) => weftIn({}, ...args), weftIn, remove: () => folder.remove() };
}
