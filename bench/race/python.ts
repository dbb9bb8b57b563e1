import { spawnSync } from 'node:child_process';
import { threadEnvironment } from './library-process.ts';

/**
 * Runs a Python script that prints one JSON object.
 *
 * @throws Error with the last line of its standard error
 */
export function runPython<T>(python: string, args: readonly string[], threads: number): T {
  const result = spawnSync(python, args, { encoding: 'utf8', env: threadEnvironment(threads) });
  if (result.status !== 0) {
    const reason = result.error?.message ?? result.stderr.trim().split('\n').at(-1);
    throw new Error(`${python} ${args.join(' ')}: ${reason}`);
  }
  return JSON.parse(result.stdout) as T;
}

/** Whether a Python can import a module. */
export function hasModule(python: string, module: string): boolean {
  return spawnSync(python, ['-c', `import ${module}`]).status === 0;
}
