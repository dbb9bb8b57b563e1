/** Builds and packs the library outside of the tree, for tests and measurements that need it as its users have it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/**
 * Packs the library, and other folders of the repository, into a folder.
 *
 * @returns the tarballs, that of the library first
 */
export function packLibrary(folder: string, others: readonly string[] = []): string[] {
  const built = join(folder, 'built');
  const tsc = join(root, 'node_modules/.bin/tsc');
  run(tsc, '-p', 'tsconfig.build.json', '--outDir', join(built, 'types'));
  run(process.execPath, 'scripts/build/main.ts', built);
  return [built, ...others].map((packed) => {
    const report = run('npm', 'pack', packed, '--json', '--pack-destination', folder);
    const [{ filename }] = Object.values(JSON.parse(report) as object) as [{ filename: string }];
    return join(folder, filename);
  });
}

function run(program: string, ...args: string[]): string {
  const shell = process.platform === 'win32';
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: root, encoding: 'utf8', shell });
  if (status !== 0) throw error ?? new Error(`${program} ${args.join(' ')}:\n${stdout}${stderr}`);
  return stdout;
}
