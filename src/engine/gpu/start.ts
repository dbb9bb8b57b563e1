import { GlEngine } from './gl/engine.ts';
import type { GpuEngine } from './gpu-engine.ts';
import { inNode } from '../node.ts';
import type { PreparationOptions } from '../preparation.ts';
import type { GpuBackend } from './gpu-js.ts';
import { openWebGpu } from './webgpu/adapter.ts';
import { WebGpuEngine } from './webgpu/engine.ts';

export interface GpuOptions extends PreparationOptions {
  /**
   * Whether the kernel of each product is what the device is fastest with, measured when a program is compiled, instead
   * of a fixed rule's; true if left out, but for an adapter in software. Kernels add in different orders: two runs
   * that measure differently agree to rounding only.
   */
  readonly measure?: boolean;
  /** What gives access to the GPU; if left out, WebGPU, or GL where there is none. */
  readonly backend?: GpuBackend;
  /** Runs that are submitted together (WebGPU); as many as last some milliseconds, if left out. */
  readonly stepsPerSubmit?: number;
}

/**
 * On the default adapter.
 *
 * @throws with one line that says what is missing
 */
export async function startGpuEngine({
  backend,
  measure,
  stepsPerSubmit,
  ...preparation
}: GpuOptions = {}): Promise<GpuEngine> {
  const reasons: string[] = [];
  for (const candidate of backend === undefined ? usualBackends : [backend]) {
    try {
      if (candidate !== 'webgpu') return await GlEngine.start(candidate, { measure });
      const adapter = await openWebGpu();
      return await WebGpuEngine.on(adapter, {
        ...preparation,
        measure: measure ?? !adapter.software,
        stepsPerSubmit,
      });
    } catch (error) {
      reasons.push((error as Error).message);
    }
  }
  throw new Error(reasons.join('; '));
}

/** WebGPU before GL, of which a page has one kind and Node another. */
const usualBackends: readonly GpuBackend[] = inNode ? ['webgpu', 'headlessgl'] : ['webgpu', 'webgl2'];
