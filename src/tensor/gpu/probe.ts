import { fileURLToPath } from 'node:url';

/**
 * Whether an adapter in hardware answers. Asked in a process of its own: drivers print warnings as they like, and
 * those of machines without a GPU may do worse. Without the package `webgpu` there is nothing to ask.
 */
export async function hasHardware(): Promise<boolean> {
  try {
    import.meta.resolve('webgpu');
  } catch {
    return false;
  }
  const { spawnSync } = await import('node:child_process');
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const script = fileURLToPath(new URL(`./probe-process.${extension}`, import.meta.url));
  const { stdout } = spawnSync(process.execPath, [script], { encoding: 'utf8', timeout: 10_000 });
  return stdout === 'hardware';
}
