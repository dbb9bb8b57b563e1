/** The only file that imports gpu.js. It gives types to what the engine uses of it. */
import { inNode } from '../node.ts';
import { provideGl } from './gl/headless-gl.ts';
import type { GpuKernel } from './kernels/kernel.ts';

/** The interface to the GPU: WebGPU, WebGL 2 in a browser, or WebGL 1 from the package `gl` in Node. */
export type GpuBackend = 'webgpu' | 'webgl2' | 'headlessgl';
/** `cpu` is gpu.js's own translation of kernels to JavaScript, for tests on machines without a GPU. */
export type GpuMode = GpuBackend | 'cpu';

/** Every WebGPU device gives a kernel eight arrays, one of which is for the result. */
const mostInputs = 7;

function isGl(mode: GpuMode): boolean {
  return mode === 'webgl2' || mode === 'headlessgl';
}

/** What gpu.js returns for an array that stays on the device; in mode `cpu` it is the array itself. */
type GpuJsResult = GpuJsValues | { toArray(): GpuJsValues | Promise<GpuJsValues>; delete(): void };
/** The result of a kernel that returns `Array(4)` is an array for each thread. */
type GpuJsValues = Float32Array | readonly Float32Array[];

interface GpuJsKernel {
  (...inputs: readonly GpuJsResult[]): GpuJsResult | Promise<GpuJsResult>;
  /** The backend that runs the kernel. Its class has a minified name, but its mode is plain. */
  readonly kernel: {
    readonly constructor: { readonly mode: string };
    readonly fallbackReason: string | null;
  };
}

interface GpuJsInstance {
  /** The GL context that its kernels draw on; null before the first kernel, and in other modes. */
  readonly context: GlContext | null;
  createKernel(source: string, settings: object): GpuJsKernel;
  destroy(): Promise<void>;
}

/** The part of WebGLRenderingContext that is used here. */
interface GlContext {
  getExtension(name: 'WEBGL_debug_renderer_info'): { readonly UNMASKED_RENDERER_WEBGL: number } | null;
  getParameter(name: number): unknown;
  readonly RENDERER: number;
  getError(): number;
  isContextLost(): boolean;
}

/** What WebGPU says of the adapter: the part of GPUAdapterInfo that is used here. */
export interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
}

/** The exports of gpu.js; its own declarations lack most of what is used here. */
export interface GpuJs {
  readonly GPU: {
    new (settings: { readonly mode: GpuMode }): GpuJsInstance;
    /** From then on `new GPU` takes a mode without asking whether this machine has what the mode needs. */
    disableValidation(): void;
    enableValidation(): void;
  };
  readonly WebGPUContext: { acquire(): Promise<GpuJsContext> };
}

/** The one device that all kernels of a process share. */
interface GpuJsContext {
  readonly adapter: { readonly info: AdapterInfo };
  readonly device: { onuncapturederror: (event: { readonly error: { readonly message: string } }) => void };
}

/**
 * The first error that the device has reported since the last check. WebGPU reports an error after the call that
 * caused it has returned, and continues with zeros; gpu.js only prints the message.
 */
let deviceError: string | null = null;

function throwDeviceError(): void {
  if (deviceError === null) return;
  const message = deviceError;
  deviceError = null;
  throw new Error(`the GPU reports: ${message}`);
}

let loaded: Promise<GpuJs> | null = null;

/** gpu.js, loaded when it is first needed. */
export function loadGpuJs(): Promise<GpuJs> {
  loaded ??= importGpuJs();
  return loaded;
}

async function importGpuJs(): Promise<GpuJs> {
  if (inNode) await provideGl();
  return (await import('gpu.js')) as unknown as GpuJs;
}

/** Opens the WebGPU adapter that gpu.js uses. @throws if there is none */
export async function acquireAdapter(): Promise<AdapterInfo> {
  const { WebGPUContext } = await loadGpuJs();
  const { adapter, device } = await WebGPUContext.acquire();
  device.onuncapturederror = ({ error }) => (deviceError ??= error.message);
  return adapter.info;
}

/** float32 numbers in the memory of the device, until they are deleted. They never change. */
export class DeviceArray {
  readonly result: GpuJsResult;
  readonly #check: () => void;

  /** @param check runs after the values were read; it throws if the device has reported an error */
  constructor(result: GpuJsResult, check: () => void) {
    this.result = result;
    this.#check = check;
  }

  /** A copy in the memory of the host. It waits for all work that the device was given before. */
  async read(): Promise<Float32Array> {
    if (!('toArray' in this.result)) return flat(this.result).slice();
    const values = flat(await this.result.toArray());
    throwDeviceError();
    this.#check();
    return values;
  }

  delete(): void {
    if ('toArray' in this.result) this.result.delete();
  }
}

function flat(values: GpuJsValues): Float32Array {
  if (values instanceof Float32Array) return values;
  const numbers = new Float32Array(values.length * values[0]!.length);
  for (const [index, vector] of values.entries()) numbers.set(vector, index * vector.length);
  return numbers;
}

/** Runs kernels on one device. */
export class Gpu {
  readonly #mode: GpuMode;
  readonly #gpu: GpuJsInstance;
  readonly #kernels = new Map<string, { readonly source: string; readonly run: GpuJsKernel }>();
  #ranIn: string | null = null;

  private constructor(mode: GpuMode, gpu: GpuJsInstance) {
    this.#mode = mode;
    this.#gpu = gpu;
  }

  /** Opens a mode by name: without one, gpu.js silently falls back to another mode. */
  static async open(mode: GpuMode): Promise<Gpu> {
    const { GPU } = await loadGpuJs();
    return new Gpu(mode, new GPU({ mode }));
  }

  /** The mode in which gpu.js says that it ran the last kernel; null before the first. */
  get ranIn(): string | null {
    return this.#ranIn;
  }

  /** GL's name of the device; empty in other modes and before the first kernel. */
  get renderer(): string {
    const { context } = this.#gpu;
    if (context === null) return '';
    const unmasked = context.getExtension('WEBGL_debug_renderer_info')?.UNMASKED_RENDERER_WEBGL;
    return String(context.getParameter(unmasked ?? context.RENDERER));
  }

  /** Copies an array to the device. */
  upload(values: Float32Array): Promise<DeviceArray> {
    const source = 'function (values) { return values[this.thread.x]; }';
    const { length } = values;
    return this.#run({ name: `upload length=${length}`, source, constants: {}, length }, [values]);
  }

  /** Waits until the device has done all its work: reading a number back takes that long. */
  async finish(): Promise<void> {
    const number = await this.upload(new Float32Array(1));
    await number.read();
    number.delete();
  }

  /** Runs a kernel; its result is a new array. */
  run(kernel: GpuKernel, inputs: readonly DeviceArray[]): Promise<DeviceArray> {
    return this.#run(
      kernel,
      inputs.map(({ result }) => result),
    );
  }

  async #run(kernel: GpuKernel, inputs: readonly GpuJsResult[]): Promise<DeviceArray> {
    throwDeviceError();
    if (inputs.length > mostInputs) {
      throw new Error(`gpu kernel ${kernel.name}: ${inputs.length} inputs; ${mostInputs} are possible`);
    }
    const run = this.#build(kernel);
    try {
      const result = await run(...inputs);
      this.#ranIn = this.#modeOf(run);
      if (this.#ranIn !== this.#mode) {
        throw new Error(`it ran in mode ${this.#ranIn}, not ${this.#mode}: ${run.kernel.fallbackReason}`);
      }
      return new DeviceArray(result, () => this.#throwGlError());
    } catch (error) {
      throw new Error(`gpu kernel ${kernel.name}: ${(error as Error).message}`, { cause: error });
    }
  }

  /** gpu.js calls both modes of GL `gpu`; the context tells which of them it is. */
  #modeOf({ kernel: { constructor } }: GpuJsKernel): string {
    if (constructor.mode !== 'gpu') return constructor.mode;
    const isWebGl2 =
      typeof WebGL2RenderingContext === 'function' && this.#gpu.context instanceof WebGL2RenderingContext;
    return isWebGl2 ? 'webgl2' : 'headlessgl';
  }

  /** Where GL cannot carry out a command, it does nothing and keeps an error number; this asks for it. */
  #throwGlError(): void {
    const { context } = this.#gpu;
    if (!isGl(this.#mode) || context === null) return;
    if (context.isContextLost()) throw new Error('the browser has taken the GPU away (its context is lost)');
    const code = context.getError();
    const outOfMemory = code === 0x505 ? ', out of memory: use a smaller batch' : '';
    if (code !== 0) throw new Error(`the GPU reports: GL error 0x${code.toString(16)}${outOfMemory}`);
  }

  /** Translates a kernel once; kernels of the same name have the same code. */
  #build({ name, source, constants, length }: GpuKernel): GpuJsKernel {
    const known = this.#kernels.get(name);
    if (known !== undefined) {
      if (known.source !== source) throw new Error(`gpu kernel ${name}: two kernels have this name`);
      return known.run;
    }
    const settings = { output: [length], constants, precision: 'single', pipeline: true, immutable: true };
    const run = isGl(this.#mode)
      ? // without this setting gpu.js computes small results with as few bits as the device allows
        this.#gpu.createKernel(withoutIntegers(source), { ...settings, tactic: 'precision' })
      : this.#gpu.createKernel(source, { ...settings, strictIntegers: this.#mode === 'webgpu' });
    this.#kernels.set(name, { source, run });
    return run;
  }

  /** Frees the kernels and the last result of each. The device of WebGPU is shared by the whole process. */
  async close(): Promise<void> {
    this.#kernels.clear();
    await this.#gpu.destroy();
  }
}

/**
 * The text of a kernel without its `| 0`, which turn positions into integers. For GL, gpu.js writes every bit operation
 * as a loop over bits; and a position, a whole number below 2²⁴, is exact in float32.
 */
function withoutIntegers(source: string): string {
  return source.replaceAll(' | 0)', ')');
}
