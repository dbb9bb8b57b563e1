import { GlEngine } from './gl/engine.ts';
import type { GpuEngine } from './gpu-engine.ts';
import type { PreparationOptions } from '../preparation.ts';
import type { GpuBackend } from './gpu-js.ts';
import { startFirst } from './usual-backends.ts';
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
  return startFirst<GpuEngine>(backend, async (candidate) => {
    if (candidate !== 'webgpu') return GlEngine.start(candidate, { measure });
    const adapter = await openWebGpu();
    return WebGpuEngine.on(adapter, {
      ...preparation,
      measure: measure ?? !adapter.software,
      stepsPerSubmit,
    });
  });
}
