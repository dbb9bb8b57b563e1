import { GlEngine } from './gl/engine.ts';
import type { GpuEngine } from './gpu-engine.ts';
import { inNode } from '../node.ts';
import type { PreparationOptions } from '../preparation.ts';
import type { GpuBackend } from './gpu-js.ts';
import { openWebGpu } from './webgpu/adapter.ts';
import { WebGpuEngine } from './webgpu/engine.ts';

export interface GpuOptions extends PreparationOptions {
  /**
   * Whether `compile` measures which kernel is fastest for each product, instead of following a fixed rule. If left
   * out, true on a GPU in hardware. Kernels add in different orders, so two runs that choose differently agree only
   * to rounding.
   */
  readonly measure?: boolean;
  /** The interface to the GPU; if left out, WebGPU, or GL where there is no WebGPU. */
  readonly backend?: GpuBackend;
  /** Runs that are submitted together (WebGPU); if left out, as many as take about 12 ms. */
  readonly stepsPerSubmit?: number;
}

/**
 * Starts the gpu engine on the default adapter.
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

/** WebGPU first; then GL, which is WebGL 2 in a page and headless GL in Node. */
const usualBackends: readonly GpuBackend[] = inNode ? ['webgpu', 'headlessgl'] : ['webgpu', 'webgl2'];
