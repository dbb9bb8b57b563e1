/** The one place that imports gpu.js: what the engine needs of it, with types. */
import type { GpuKernel } from './kernel.ts';

/** `cpu` is gpu.js's own translation of kernels to JavaScript, for tests on machines without a GPU. */
export type GpuMode = 'webgpu' | 'cpu';

/** WebGPU gives a kernel eight arrays, unless it is asked for more, and one is for the result. */
const mostInputs = 7;

/** What gpu.js hands out for an array that stays on the device; in `cpu` mode it is the array itself. */
type GpuJsResult = GpuJsValues | { toArray(): Promise<GpuJsValues>; delete(): void };
/** A kernel that returns `Array(4)` gives an array for each thread. */
type GpuJsValues = Float32Array | readonly Float32Array[];

interface GpuJsKernel {
  (...inputs: readonly GpuJsResult[]): GpuJsResult | Promise<GpuJsResult>;
  /** Which of its backends runs the kernel. The names of these classes are minified, their modes are not. */
  readonly kernel: {
    readonly constructor: { readonly mode: string };
    readonly fallbackReason: string | null;
  };
}

interface GpuJsInstance {
  createKernel(source: string, settings: object): GpuJsKernel;
  destroy(): Promise<void>;
}

/** Of the device that gpu.js uses; a part of WebGPU's GPUAdapterInfo. */
export interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
}

/** The exports of gpu.js; its own declarations lack most of what is used here. */
interface GpuJs {
  readonly GPU: new (settings: { readonly mode: GpuMode }) => GpuJsInstance;
  readonly WebGPUContext: { acquire(): Promise<GpuJsContext> };
}

/** The one device that all kernels of a process share. */
interface GpuJsContext {
  readonly adapter: { readonly info: AdapterInfo };
  readonly device: { onuncapturederror: (event: { readonly error: { readonly message: string } }) => void };
}

/**
 * What the device reported since it was last asked. WebGPU does so after the call that is to blame has returned, and
 * goes on with zeros; gpu.js prints the message.
 */
let deviceError: string | null = null;

function throwDeviceError(): void {
  if (deviceError === null) return;
  const message = deviceError;
  deviceError = null;
  throw new Error(`the GPU reports: ${message}`);
}

async function load(): Promise<GpuJs> {
  return (await import('gpu.js')) as unknown as GpuJs;
}

/** The adapter of WebGPU that gpu.js gets. @throws if there is none */
export async function acquireAdapter(): Promise<AdapterInfo> {
  const { WebGPUContext } = await load();
  const { adapter, device } = await WebGPUContext.acquire();
  device.onuncapturederror = ({ error }) => (deviceError ??= error.message);
  return adapter.info;
}

/** float32 numbers in the memory of the device, until they are deleted. Nothing changes them. */
export class DeviceArray {
  readonly result: GpuJsResult;

  constructor(result: GpuJsResult) {
    this.result = result;
  }

  /** A copy in the memory of the host; waits for all work that was given to the device before. */
  async read(): Promise<Float32Array> {
    if (!('toArray' in this.result)) return flat(this.result).slice();
    const values = flat(await this.result.toArray());
    throwDeviceError();
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
  readonly #kernels = new Map<string, GpuJsKernel>();
  #ranIn: string | null = null;

  private constructor(mode: GpuMode, gpu: GpuJsInstance) {
    this.#mode = mode;
    this.#gpu = gpu;
  }

  /** The mode is always named: left to itself, gpu.js falls back to another in silence. */
  static async open(mode: GpuMode): Promise<Gpu> {
    const { GPU } = await load();
    return new Gpu(mode, new GPU({ mode }));
  }

  /** The mode in which gpu.js says that it ran the last kernel; null before the first. */
  get ranIn(): string | null {
    return this.#ranIn;
  }

  /** Copies an array to the device. */
  upload(values: Float32Array): Promise<DeviceArray> {
    const source = 'function (values) { return values[this.thread.x]; }';
    return this.#run({ name: 'upload', source, constants: {}, length: values.length }, [values]);
  }

  /** Waits for the device to do all that it was given: reading a number back does. */
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
      const { constructor, fallbackReason } = run.kernel;
      this.#ranIn = constructor.mode;
      if (constructor.mode !== this.#mode) {
        throw new Error(`it ran in mode ${constructor.mode}, not ${this.#mode}: ${fallbackReason}`);
      }
      return new DeviceArray(result);
    } catch (error) {
      throw new Error(`gpu kernel ${kernel.name}: ${(error as Error).message}`, { cause: error });
    }
  }

  /** Kernels are translated once; one of the same text, sizes and constants serves every tensor. */
  #build({ name, source, constants, length }: GpuKernel): GpuJsKernel {
    const key = JSON.stringify([name, source, constants, length]);
    let kernel = this.#kernels.get(key);
    if (kernel === undefined) {
      const settings = { output: [length], constants, precision: 'single', pipeline: true, immutable: true };
      kernel = this.#gpu.createKernel(source, settings);
      this.#kernels.set(key, kernel);
    }
    return kernel;
  }

  /** Frees the kernels and the last result of each. The device itself is shared by the whole process. */
  async close(): Promise<void> {
    this.#kernels.clear();
    await this.#gpu.destroy();
  }
}
