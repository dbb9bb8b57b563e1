import { inNode } from '../node.ts';
import { openDevice } from './device.ts';
import { openWebGpu } from './webgpu/adapter.ts';

/** Packages that give Node access to a GPU. */
const packages = ['webgpu', 'gl'];

/**
 * Whether there is an adapter in hardware. Node looks for it in another process, since drivers print warnings and, on
 * machines without a GPU, may crash. Without any of the packages there is none.
 */
export async function hasHardware(): Promise<boolean> {
  if (!inNode) return (await kindOfAdapter()) === 'hardware';
  if (!packages.some(isInstalled)) return false;
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { fileURLToPath } = process.getBuiltinModule('node:url');
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const script = fileURLToPath(new URL(`./probe-process.${extension}`, import.meta.url));
  const { stdout } = spawnSync(process.execPath, [script], { encoding: 'utf8', timeout: 10_000 });
  return stdout === 'hardware';
}

/** What kind of adapter there is: `software` if it is, or may be, a program on the processor; null if there is none. */
export async function kindOfAdapter(): Promise<'hardware' | 'software' | null> {
  try {
    const { device, software } = await openWebGpu();
    device.destroy();
    return software ? 'software' : 'hardware';
  } catch {
    const gl = await openDevice(inNode ? 'headlessgl' : 'webgl2').catch(() => null);
    await gl?.gpu.close();
    if (gl === null) return null;
    return gl.software === false ? 'hardware' : 'software';
  }
}

/** Whether a package is there, and not the empty one that `overrides` put in its place. */
function isInstalled(name: string): boolean {
  const { createRequire } = process.getBuiltinModule('node:module');
  try {
    const description = createRequire(import.meta.url)(`${name}/package.json`) as { readonly name: string };
    return description.name === name;
  } catch {
    return false;
  }
}
