import { spawnSync } from 'node:child_process';
import { threadEnvironment } from './peer-process.ts';

/** Runs a peer written in Python, which prints one JSON object. Throws with the peer's last line. */
export function runPython<T>(python: string, args: readonly string[], threads: number): T {
  const result = spawnSync(python, args, { encoding: 'utf8', env: threadEnvironment(threads) });
  if (result.status !== 0) {
    const reason = result.error?.message ?? result.stderr.trim().split('\n').at(-1);
    throw new Error(`${python} ${args.join(' ')}: ${reason}`);
  }
  return JSON.parse(result.stdout) as T;
}

/** Whether this Python has a module. */
export function hasModule(python: string, module: string): boolean {
  return spawnSync(python, ['-c', `import ${module}`]).status === 0;
}
