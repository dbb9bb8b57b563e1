import { inNode } from '../node.ts';
import type { GpuBackend } from './gpu-js.ts';

/** WebGPU first; then GL, which is WebGL 2 in a page and headless GL in Node. */
const usualBackends: readonly GpuBackend[] = inNode ? ['webgpu', 'headlessgl'] : ['webgpu', 'webgl2'];

/**
 * What `start` gives for `backend`; if that is left out, for the first of the usual ones that starts.
 *
 * @throws with one line that says why none starts
 */
export async function startFirst<T>(
  backend: GpuBackend | undefined,
  start: (candidate: GpuBackend) => Promise<T>,
): Promise<T> {
  const reasons: string[] = [];
  for (const candidate of backend === undefined ? usualBackends : [backend]) {
    try {
      return await start(candidate);
    } catch (error) {
      reasons.push((error as Error).message);
    }
  }
  throw new Error(reasons.join('; '));
}
