import { openDevice } from '../../src/engine/gpu/device.ts';
import { openWebGpu } from '../../src/engine/gpu/webgpu/adapter.ts';

/** The adapter of the rungs on a GPU, or why there is none. `software` is null if the device does not say. */
export type Adapter =
  { readonly name: string; readonly software: boolean | null } | { readonly missing: string };

let found: Promise<Adapter> | null = null;

/** Looks for an adapter once in a process. */
export function findAdapter(): Promise<Adapter> {
  found ??= openDevice().then(
    async ({ gpu, adapter, software }) => {
      await gpu.close();
      return { name: adapter, software };
    },
    (error: unknown) => ({ missing: (error as Error).message }),
  );
  return found;
}

/** Why nothing can run on a GPU here; null if it can. */
export async function noAdapter(): Promise<string | null> {
  const adapter = await findAdapter();
  return 'missing' in adapter ? adapter.missing : null;
}

/** Why nothing can run on WebGPU here; null if it can. GL, on which gpu.js runs too, is not enough. */
export function noWebGpu(): Promise<string | null> {
  webGpuReason ??= openWebGpu().then(
    ({ device }) => {
      device.destroy();
      return null;
    },
    (error: unknown) => (error as Error).message,
  );
  return webGpuReason;
}

let webGpuReason: Promise<string | null> | null = null;
