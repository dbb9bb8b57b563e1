/** Finds a GPU: in a browser WebGPU is there or not; Node has it from the package `webgpu`. */
import { acquireAdapter, type AdapterInfo, Gpu } from './gpu.ts';

/** The version that `package.json` names, for messages. */
const webgpuPackage = 'webgpu@0.6.2';

export interface Device {
  readonly gpu: Gpu;
  /** For people: `nvidia ada-lovelace, NVIDIA GeForce RTX 4090`. */
  readonly adapter: string;
  /** Whether the adapter is a program that runs on the processor: right, but slower than plain loops. */
  readonly software: boolean;
}

/** The default adapter of WebGPU. @throws with one line that says what to install */
export async function openDevice(): Promise<Device> {
  await provideWebGpu();
  let info: AdapterInfo;
  try {
    info = await acquireAdapter();
  } catch (error) {
    // words of gpu.js; whatever else went wrong says so itself
    if (!(error as Error).message.includes('no adapter')) throw error;
    throw new Error(
      'WebGPU finds no adapter: install the driver of the GPU (on Linux libvulkan1 and a Vulkan driver, such as Mesa)',
      { cause: error },
    );
  }
  return { gpu: await Gpu.open('webgpu'), adapter: describeAdapter(info), software: isSoftware(info) };
}

/** gpu.js looks for WebGPU where browsers have it, `navigator.gpu`. */
async function provideWebGpu(): Promise<void> {
  const { navigator } = globalThis as { navigator?: { gpu?: unknown } };
  if (navigator?.gpu) return;
  // the name is no literal: the package is optional, and need not be there when types are checked
  const name: string = 'webgpu';
  let webgpu: { create(options: string[]): unknown; readonly globals: object };
  try {
    webgpu = (await import(name)) as typeof webgpu;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_MODULE_NOT_FOUND') {
      throw new Error(`there is no WebGPU here: npm install --no-save -D ${webgpuPackage}`, { cause: error });
    }
    throw new Error(`the package webgpu does not load: ${message.split('\n')[0]}`, { cause: error });
  }
  Object.assign(globalThis, webgpu.globals);
  const gpu = webgpu.create([]);
  if (navigator) Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  else Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
}

export function describeAdapter({ vendor, architecture, device, description }: AdapterInfo): string {
  const chip = [vendor, architecture].filter(Boolean).join(' ');
  return [chip, description || device].filter(Boolean).join(', ') || 'an adapter without a name';
}

/** Software adapters by name: SwiftShader (Chrome), llvmpipe (Mesa), WARP (Windows). */
export function isSoftware(info: AdapterInfo): boolean {
  return /swiftshader|llvmpipe|lavapipe|warp|basic render/i.test(Object.values(pick(info)).join(' '));
}

/** A GPUAdapterInfo has its fields as getters, which `Object.values` does not see. */
function pick({ vendor, architecture, device, description }: AdapterInfo): AdapterInfo {
  return { vendor, architecture, device, description };
}
