/**
 * Finds a GPU. A browser has WebGPU, or else WebGL 2; Node has WebGPU from the package `webgpu`, or else GL, on which
 * it can draw without a window, from the package `gl`.
 */
import { inNode } from '../node.ts';
import { acquireAdapter, type AdapterInfo, Gpu, type GpuBackend } from './gpu-js.ts';
import { assertGl } from './gl/headless-gl.ts';
import { importOptional } from './optional-package.ts';

/** The version that `package.json` names, for messages. */
const webgpuPackage = 'webgpu@0.6.2';

export interface Device {
  readonly gpu: Gpu;
  readonly backend: GpuBackend;
  /** For people: `nvidia ada-lovelace, NVIDIA GeForce RTX 4090`. */
  readonly adapter: string;
  /**
   * Whether the adapter is a program that runs on the processor: right, but slower than plain loops. Null if it does not
   * say what it is.
   */
  readonly software: boolean | null;
}

const openers: Readonly<Record<GpuBackend, () => Promise<Device>>> = {
  webgpu: openWebGpu,
  webgl2: () => openGl('webgl2'),
  headlessgl: () => openGl('headlessgl'),
};

/** How people call them. */
export const backendNames: Readonly<Record<GpuBackend, string>> = {
  webgpu: 'WebGPU',
  webgl2: 'WebGL 2',
  headlessgl: 'headless GL',
};

/**
 * @param backend the one to take; the first that answers if left out, WebGPU before GL
 * @throws with one line that says why none answers, and what to install
 */
export async function openDevice(backend?: GpuBackend): Promise<Device> {
  const usual: readonly GpuBackend[] = inNode ? ['webgpu', 'headlessgl'] : ['webgpu', 'webgl2'];
  const reasons: string[] = [];
  for (const candidate of backend === undefined ? usual : [backend]) {
    try {
      return await openers[candidate]();
    } catch (error) {
      reasons.push((error as Error).message);
    }
  }
  throw new Error(reasons.join('; '));
}

async function openWebGpu(): Promise<Device> {
  await provideWebGpu();
  let info: AdapterInfo;
  try {
    info = await acquireAdapter();
  } catch (error) {
    // words of gpu.js; whatever else went wrong says so itself
    if (!(error as Error).message.includes('no adapter')) throw error;
    const advice = inNode
      ? ': install the driver of the GPU (on Linux libvulkan1 and a Vulkan driver, such as Mesa)'
      : '';
    throw new Error(`WebGPU finds no adapter${advice}`, { cause: error });
  }
  const gpu = await Gpu.open('webgpu');
  return { gpu, backend: 'webgpu', adapter: describeAdapter(info), software: isSoftware(info) };
}

/** gpu.js looks for WebGPU where browsers have it, `navigator.gpu`. */
async function provideWebGpu(): Promise<void> {
  const { navigator } = globalThis as { navigator?: { gpu?: unknown } };
  if (navigator?.gpu) return;
  if (!inNode)
    throw new Error('this page has no WebGPU (browsers have it where the address is https or localhost)');
  const webgpu = await importOptional<{ create(options: string[]): unknown; readonly globals: object }>(
    'webgpu',
    `there is no WebGPU here: npm install --no-save -D ${webgpuPackage}`,
  );
  Object.assign(globalThis, webgpu.globals);
  const gpu = webgpu.create([]);
  if (navigator) Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  else Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
}

/** Drawing to textures, for a GPU that has no WebGPU; a kernel is a shader of pixels. */
async function openGl(backend: 'webgl2' | 'headlessgl'): Promise<Device> {
  const name = backendNames[backend];
  let gpu: Gpu;
  try {
    gpu = await Gpu.open(backend);
  } catch (error) {
    if (backend === 'headlessgl') assertGl();
    const advice =
      backend === 'headlessgl'
        ? ': on Linux it needs a display, such as that of xvfb-run -a'
        : ' in this browser';
    throw new Error(`${name} gives no context${advice}`, { cause: error });
  }
  const array = await gpu.upload(probe);
  const kept = await array.read();
  array.delete();
  const wrong = probe.findIndex((value, index) => kept[index] !== value);
  // headless GL calls every device by the name of the library between them
  const adapter = gpu.renderer === 'ANGLE' ? 'an adapter that it does not name' : gpu.renderer;
  if (wrong >= 0) {
    await gpu.close();
    throw new Error(
      `${name} on ${adapter} does not keep float32 numbers: ${probe[wrong]} became ${kept[wrong]}`,
    );
  }
  return { gpu, backend, adapter, software: adapter === gpu.renderer ? isSoftwareName(adapter) : null };
}

/** Numbers that 16 bits do not hold. */
const probe = Float32Array.of(1, -2.5, 2 ** 24 - 1, 1 / 3, 1e30, -1e-30);

export function describeAdapter({ vendor, architecture, device, description }: AdapterInfo): string {
  const chip = [vendor, architecture].filter(Boolean).join(' ');
  return [chip, description || device].filter(Boolean).join(', ') || 'an adapter without a name';
}

export function isSoftware({ vendor, architecture, device, description }: AdapterInfo): boolean {
  return isSoftwareName([vendor, architecture, device, description].join(' '));
}

/** Software adapters by name: SwiftShader (Chrome), llvmpipe (Mesa), WARP (Windows). */
function isSoftwareName(name: string): boolean {
  return /swiftshader|llvmpipe|lavapipe|softpipe|warp|basic render/i.test(name);
}
