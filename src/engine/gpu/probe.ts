import { inNode } from '../node.ts';
import { openDevice } from './device.ts';
import { openWebGpu } from './webgpu/adapter.ts';

/** Packages that may have a GPU for Node. */
const packages = ['webgpu', 'gl'];

/**
 * Whether an adapter in hardware answers. In Node it is asked in a process of its own: drivers print warnings as they
 * like, and those of machines without a GPU may do worse. Without any of the packages there is nothing to ask.
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

/** What kind of adapter answers: `software` if it is, or may be, a program on the processor; null if none does. */
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

/** Not where `overrides` have put an empty package in its place. */
function isInstalled(name: string): boolean {
  const { createRequire } = process.getBuiltinModule('node:module');
  try {
    const description = createRequire(import.meta.url)(`${name}/package.json`) as { readonly name: string };
    return description.name === name;
  } catch {
    return false;
  }
}
