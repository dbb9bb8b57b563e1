import type { Engine } from '../engine.ts';
import type { Program } from '../program.ts';
import type { ArrayOf, DataType, Tensor } from '../tensor.ts';
import { openDevice } from './device.ts';
import { DeviceMemory } from './device-memory.ts';
import { GpuExecutable } from './executable.ts';
import { Gpu } from './gpu.ts';

/** Runs without anything being read back. WebGPU frees what was deleted only when the host waits for it. */
const runsWithoutWaiting = 25;

/** Runs programs on a GPU, with kernels that gpu.js translates. Tensors stay on the device from run to run. */
export class GpuEngine implements Engine {
  readonly name = 'gpu';
  readonly threads = 1;
  readonly description: string;
  /** Whether the adapter is a program on the processor. */
  readonly software: boolean;
  readonly #gpu: Gpu;
  readonly #memory: DeviceMemory;
  #runs = 0;
  #last: GpuExecutable | null = null;

  private constructor(gpu: Gpu, description: string, software: boolean) {
    this.#gpu = gpu;
    this.software = software;
    this.#memory = new DeviceMemory(gpu);
    this.description = description;
  }

  /** On the default adapter of WebGPU. @throws with one line that says what is missing */
  static async start(): Promise<GpuEngine> {
    const { gpu, adapter, software } = await openDevice();
    const kind = software ? ', an adapter in software' : '';
    return new GpuEngine(gpu, `WebGPU by gpu.js, ${adapter}${kind}`, software);
  }

  /** The same engine on no GPU: gpu.js translates the kernels to JavaScript. For tests. */
  static async startOnCpu(): Promise<GpuEngine> {
    return new GpuEngine(await Gpu.open('cpu'), 'gpu.js without a GPU', true);
  }

  /** The mode of gpu.js in which the last kernel ran; null before the first. */
  get ranIn(): string | null {
    return this.#gpu.ranIn;
  }

  // oxlint-disable-next-line typescript/require-await -- what cannot be compiled is a rejection
  async compile(program: Program): Promise<GpuExecutable> {
    for (const tensor of program.persistentTensors()) this.#memory.adopt(tensor);
    const begin = (executable: GpuExecutable): Promise<void> => this.#begin(executable);
    return new GpuExecutable(program, this.#gpu, this.#memory, begin);
  }

  /** Before a run: the results of the last one go, and now and then the host waits for the device. */
  async #begin(executable: GpuExecutable): Promise<void> {
    for (const storage of this.#last?.outputs ?? []) this.#memory.drop(storage);
    this.#last = executable;
    this.#runs += 1;
    if (this.#runs % runsWithoutWaiting === 0) await this.#wait();
  }

  /** Reading one number back waits for everything before it. */
  async #wait(): Promise<void> {
    const number = await this.#gpu.upload(new Float32Array(1));
    await number.read();
    number.delete();
  }

  write<D extends DataType>(tensor: Tensor<D>, values: ArrayLike<number>): void {
    const { storage, name } = tensor;
    if (values.length !== storage.length) {
      throw new Error(`write: tensor ${name} has ${storage.length} values, got ${values.length}`);
    }
    if (!this.#memory.has(storage)) {
      tensor.values.set(values);
      return;
    }
    this.#memory.hostArray(storage).set(values);
    this.#memory.drop(storage);
  }

  async read<D extends DataType>(tensor: Tensor<D>): Promise<ArrayOf<D>> {
    const { storage } = tensor;
    if (!this.#memory.has(storage)) return tensor.values.slice() as ArrayOf<D>;
    return (await this.#memory.read(storage)) as ArrayOf<D>;
  }

  async close(): Promise<void> {
    this.#memory.freeAll();
    await this.#gpu.close();
  }
}
