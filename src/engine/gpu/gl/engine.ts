import type { GpuEngine } from '../gpu-engine.ts';
import type { Program } from '../../../tensor/program.ts';
import type { ArrayOf, DataType, Tensor } from '../../../tensor/tensor.ts';
import { backendNames, openDevice } from '../device.ts';
import { DeviceMemory } from './device-memory.ts';
import { GpuExecutable } from './executable.ts';
import { Gpu, type GpuBackend } from '../gpu-js.ts';
import { MatmulChoice } from './matmul-choice.ts';

/** Runs between two waits for the device, so that commands and deleted results do not pile up. */
const runsWithoutWaiting = 25;

export interface GlOptions {
  /** Whether the kernel of each product is chosen by measuring; if left out, true on a GPU in hardware. */
  readonly measure?: boolean | undefined;
}

/** Runs programs on a GPU, with kernels that gpu.js translates. Tensors stay on the device from run to run. */
export class GlEngine implements GpuEngine {
  readonly name = 'gpu';
  readonly threads = 1;
  readonly description: string;
  reason = 'asked for';
  /** Whether the adapter is a program on the processor, or may be one. */
  readonly software: boolean;
  readonly #gpu: Gpu;
  readonly #memory: DeviceMemory;
  readonly #matmul: MatmulChoice;
  readonly #verified = new Set<string>();
  #runs = 0;
  #last: GpuExecutable | null = null;

  private constructor(gpu: Gpu, description: string, software: boolean, measure: boolean) {
    this.#gpu = gpu;
    this.software = software;
    this.#memory = new DeviceMemory(gpu);
    this.#matmul = new MatmulChoice(gpu, measure);
    this.description = description;
  }

  /** @throws with one line that says what is missing */
  static async start(backend: GpuBackend, { measure }: GlOptions = {}): Promise<GlEngine> {
    const device = await openDevice(backend);
    const kind = device.software ? ', an adapter in software' : '';
    const description = `${backendNames[device.backend]} by gpu.js, ${device.adapter}${kind}`;
    const software = device.software !== false;
    return new GlEngine(device.gpu, description, software, measure ?? !software);
  }

  /** For tests: the same engine without a GPU. gpu.js translates the kernels to JavaScript. */
  static async startOnCpu({ measure = false }: GlOptions = {}): Promise<GlEngine> {
    return new GlEngine(await Gpu.open('cpu'), 'gpu.js without a GPU', true, measure);
  }

  /** The mode of gpu.js in which the last kernel ran; null before the first. */
  get ranIn(): string | null {
    return this.#gpu.ranIn;
  }

  /** The products that were measured, such as `64×784×32`, and the kernel of each. */
  get measuredProducts(): ReadonlyMap<string, string> {
    return this.#matmul.measured;
  }

  async compile(program: Program): Promise<GpuExecutable> {
    for (const tensor of program.persistentTensors()) this.#memory.adopt(tensor);
    await this.#matmul.prepare(program);
    return new GpuExecutable(program, {
      gpu: this.#gpu,
      memory: this.#memory,
      choose: this.#matmul.choose,
      verified: this.#verified,
      begin: (executable) => this.#begin(executable),
    });
  }

  /** Before a run: drops the results of the last one, and waits for the device every 25th time. */
  async #begin(executable: GpuExecutable): Promise<void> {
    for (const storage of this.#last?.outputs ?? []) this.#memory.drop(storage);
    this.#last = executable;
    this.#runs += 1;
    if (this.#runs % runsWithoutWaiting === 0) await this.#gpu.finish();
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
