/** The library as its users have it: built, packed, and installed from the tarball. */
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { packLibrary } from '../../scripts/build/pack.ts';
import { temporaryFolder } from './idx-file.ts';

const root = join(import.meta.dirname, '../..');
const fixtures = join(root, 'test/fixtures/package');

/** A project outside of the tree, which has no package yet. */
export interface UserProject {
  readonly path: string;
  /** The packages of the library and of the data set, packed. */
  readonly library: string;
  readonly data: string;
  /** Runs a program in the project. */
  readonly run: (program: string, ...args: string[]) => SpawnSyncReturns<string>;
  /** Installs a tarball. @returns whether the registry was reached */
  readonly install: (tarball: string) => boolean;
  readonly remove: () => void;
}

export function userProject(): UserProject {
  const folder = temporaryFolder();
  const path = join(folder.path, 'project');
  const [library, data] = packLibrary(folder.path, ['./data/fashion-mnist']) as [string, string];
  mkdirSync(path);
  writeFileSync(join(path, 'package.json'), '{ "private": true, "type": "module" }\n');
  cpSync(fixtures, join(path, 'src'), { recursive: true });
  return {
    path,
    library,
    data,
    run: (program, ...args) => runIn(path, program, ...args),
    install: (file) => install(path, file),
    remove: () => folder.remove(),
  };
}

/** Installs packages into a folder that has a package.json. @returns whether the registry was reached */
export function install(folder: string, ...packages: readonly string[]): boolean {
  const outcome = npm(folder, 'install', '--no-audit', '--no-fund', '--fetch-retries=0', ...packages);
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH/.test(outcome.stderr)) return false;
  succeed(outcome);
  return true;
}

function runIn(cwd: string, program: string, ...args: string[]): SpawnSyncReturns<string> {
  const shell = process.platform === 'win32';
  return spawnSync(program, args, { cwd, encoding: 'utf8', shell, env: { ...process.env, NO_COLOR: '1' } });
}

function npm(cwd: string, ...args: string[]): SpawnSyncReturns<string> {
  return runIn(cwd, 'npm', ...args);
}

/** What a program printed. @throws if it did not end well */
export function succeed({ status, stdout, stderr, error }: SpawnSyncReturns<string>): string {
  // a bundle is one long line, and Node shows the line of an error
  const output = [error?.message ?? '', stdout, stderr].map((text) => text.slice(-2000)).join('\n');
  assert.is(status, 0, output);
  return stdout;
}
