import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '../../src/cli/framework/usage-error.ts';

/** The folder of recorded results, from which `bench docs` makes the tables and figures of the documents. */
export const resultsFolder: string = join(import.meta.dirname, '../results');

/** Writes a result file, if there is a path, and prints the path. */
export function writeResult(path: string | undefined, content: unknown): void {
  if (path === undefined) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);
  console.log(`written to ${path}`);
}

export function readResult<T>(name: string): T {
  return JSON.parse(readFileSync(join(resultsFolder, name), 'utf8')) as T;
}

/** The result that a file holds, to which others are added. @throws UsageError if there is no file */
export function resultToAddTo<T>(path: string | undefined): T {
  if (path === undefined || !existsSync(path)) {
    throw new UsageError(`--add: there is no ${path ?? 'file of results'} to add to`);
  }
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

/** The results among `names` that have been recorded. */
export function readResults<T>(names: readonly string[]): T[] {
  return names.filter((name) => existsSync(join(resultsFolder, name))).map((name) => readResult<T>(name));
}
