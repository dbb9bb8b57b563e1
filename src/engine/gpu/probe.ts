import { inNode } from '../node.ts';
import { openDevice } from './device.ts';

/** Packages that may have a GPU for Node. */
const packages = ['webgpu', 'gl'];

/**
 * Whether an adapter in hardware answers. In Node it is asked in a process of its own: drivers print warnings as they
 * like, and those of machines without a GPU may do worse. Without any of the packages there is nothing to ask.
 */
export async function hasHardware(): Promise<boolean> {
  if (!inNode) {
    const device = await openDevice().catch(() => null);
    await device?.gpu.close();
    return device?.software === false;
  }
  if (!packages.some(isInstalled)) return false;
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { fileURLToPath } = process.getBuiltinModule('node:url');
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const script = fileURLToPath(new URL(`./probe-process.${extension}`, import.meta.url));
  const { stdout } = spawnSync(process.execPath, [script], { encoding: 'utf8', timeout: 10_000 });
  return stdout === 'hardware';
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
