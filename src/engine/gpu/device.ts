/**
 * Finds a GPU for gpu.js. A browser has WebGPU, or else WebGL 2; Node has WebGPU from the package `webgpu`, or else GL,
 * on which it can draw without a window, from the package `gl`.
 */
import { acquireAdapter, type AdapterInfo, Gpu, type GpuBackend } from './gpu-js.ts';
import { describeAdapter, isSoftware, isSoftwareName } from './adapter-names.ts';
import { assertGl } from './gl/headless-gl.ts';
import { startFirst } from './usual-backends.ts';
import { noAdapter, provideWebGpu } from './webgpu/adapter.ts';

export interface Device {
  readonly gpu: Gpu;
  readonly backend: GpuBackend;
  /** For people: `nvidia ada-lovelace, NVIDIA GeForce RTX 4090`. */
  readonly adapter: string;
  /**
   * Whether the adapter is a program that runs on the processor: right, but slower than the wasm engine. Null if it
   * does not say what it is.
   */
  readonly software: boolean | null;
}

const openers: Readonly<Record<GpuBackend, () => Promise<Device>>> = {
  webgpu: openWebGpu,
  webgl2: () => openGl('webgl2'),
  headlessgl: () => openGl('headlessgl'),
};

/** Their names in messages. */
export const backendNames: Readonly<Record<GpuBackend, string>> = {
  webgpu: 'WebGPU',
  webgl2: 'WebGL 2',
  headlessgl: 'headless GL',
};

/**
 * @param backend the one to take; if left out, the first that starts, WebGPU before GL
 * @throws with one line that says why none starts, and what to install
 */
export async function openDevice(backend?: GpuBackend): Promise<Device> {
  return startFirst(backend, (candidate) => openers[candidate]());
}

/** gpu.js on WebGPU, kernel by kernel. Only the ladder uses it: one of its rungs is a product that runs this way. */
async function openWebGpu(): Promise<Device> {
  await provideWebGpu();
  let info: AdapterInfo;
  try {
    info = await acquireAdapter();
  } catch (error) {
    // these are gpu.js's words where there is no adapter; other errors explain themselves
    if (!(error as Error).message.includes('no adapter')) throw error;
    throw new Error(noAdapter(), { cause: error });
  }
  const gpu = await Gpu.open('webgpu');
  return { gpu, backend: 'webgpu', adapter: describeAdapter(info), software: isSoftware(info) };
}

/** GL, for a GPU without WebGPU: a kernel is a shader that draws the pixels of a texture. */
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
  // headless GL gives every device the name of the library that it is built on
  const adapter = gpu.renderer === 'ANGLE' ? 'an adapter that it does not name' : gpu.renderer;
  if (wrong >= 0) {
    await gpu.close();
    throw new Error(
      `${name} on ${adapter} does not keep float32 numbers: ${probe[wrong]} became ${kept[wrong]}`,
    );
  }
  return { gpu, backend, adapter, software: adapter === gpu.renderer ? isSoftwareName(adapter) : null };
}

/** Numbers that a texture of 16 bits cannot hold. */
const probe = Float32Array.of(1, -2.5, 2 ** 24 - 1, 1 / 3, 1e30, -1e-30);
