import { inNode } from '../../node.ts';
import { describeAdapter, isSoftware } from '../adapter-names.ts';
import { importOptional } from '../optional-package.ts';
import { firstLine } from './pipelines.ts';

/** The version in `package.json`, for messages. */
const webgpuPackage = 'webgpu@0.6.2';

/** A device of WebGPU, for one engine. */
export interface WebGpuAdapter {
  readonly backend: 'webgpu';
  readonly device: GPUDevice;
  /** For people: `nvidia ada-lovelace, NVIDIA GeForce RTX 4090`. */
  readonly name: string;
  /** Whether the adapter is a program on the processor: right, but slower than the wasm engine. */
  readonly software: boolean;
}

/** Limits that are raised to those of the adapter; the defaults are those of the smallest device. */
const wanted = ['maxStorageBufferBindingSize', 'maxBufferSize', 'maxStorageBuffersPerShaderStage'] as const;

/** @throws with one line that says what is missing */
export async function openWebGpu(): Promise<WebGpuAdapter> {
  const { gpu } = await provideWebGpu();
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) throw new Error(noAdapter());
  const requiredLimits = Object.fromEntries(wanted.map((limit) => [limit, adapter.limits[limit]]));
  const device = await adapter.requestDevice({ requiredLimits }).catch((error: unknown) => {
    throw new Error(`WebGPU gives no device: ${firstLine((error as Error).message)}`, { cause: error });
  });
  const { info } = adapter;
  return { backend: 'webgpu', device, name: describeAdapter(info), software: isSoftware(info) };
}

/** The message where there is WebGPU but no adapter. */
export function noAdapter(): string {
  const advice = inNode
    ? ': install the driver of the GPU (on Linux libvulkan1 and a Vulkan driver, such as Mesa)'
    : '';
  return `WebGPU finds no adapter${advice}`;
}

interface Navigator {
  readonly gpu: GPU;
}

/** The object `navigator.gpu` of browsers; in Node, what the package `webgpu` puts there. */
export async function provideWebGpu(): Promise<Navigator> {
  const { navigator } = globalThis as { navigator?: Partial<Navigator> };
  if (navigator?.gpu) return navigator as Navigator;
  if (!inNode) {
    throw new Error('this page has no WebGPU (browsers have it where the address is https or localhost)');
  }
  const webgpu = await importOptional<{ create(options: string[]): GPU; readonly globals: object }>(
    'webgpu',
    `there is no WebGPU here: npm install --no-save -D ${webgpuPackage}`,
  );
  Object.assign(globalThis, webgpu.globals);
  const gpu = webgpu.create([]);
  if (navigator) Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  else Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  return { gpu };
}
