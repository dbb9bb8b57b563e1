import type { PreparationOptions } from '../../preparation.ts';
import type { WgslKernel } from '../wgsl/kernel.ts';

/** GPUShaderStage.COMPUTE. */
const computeStage = 0x4;

/** The compiled kernels. Each is compiled once. */
export class Pipelines {
  readonly #device: GPUDevice;
  readonly #pipelines = new Map<string, GPUComputePipeline>();
  readonly #codes = new Map<string, string>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /**
   * Compiles all kernels that are new, at the same time.
   *
   * @throws with one line that names the kernel, if the device does not compile it; the reason of `signal`, if it was
   *   aborted
   */
  async prepare(
    kernels: Iterable<WgslKernel>,
    { onPreparation, signal }: PreparationOptions = {},
  ): Promise<void> {
    const fresh = new Map<string, WgslKernel>();
    for (const kernel of kernels) {
      const known = this.#codes.get(kernel.name);
      if (known === undefined) {
        this.#codes.set(kernel.name, kernel.code);
        fresh.set(kernel.name, kernel);
      } else if (known !== kernel.code) {
        throw new Error(`gpu kernel ${kernel.name}: two kernels have this name`);
      }
    }
    const total = fresh.size;
    let done = 0;
    const tell = (): void => onPreparation?.({ task: 'compiling for the GPU', done, total });
    tell();
    await Promise.all(
      [...fresh.values()].map(async (kernel) => {
        await this.#compile(kernel);
        done += 1;
        tell();
      }),
    );
    signal?.throwIfAborted();
  }

  of({ name }: WgslKernel): GPUComputePipeline {
    return this.#pipelines.get(name)!;
  }

  /** The layout of the bindings of a kernel; kernels with the same pattern of reads and writes share one. */
  layoutOf({ bindings }: WgslKernel): GPUBindGroupLayout {
    const key = bindings.join();
    let layout = this.#layouts.get(key);
    if (layout === undefined) {
      layout = this.#device.createBindGroupLayout({
        entries: bindings.map((access, binding) => ({
          binding,
          visibility: computeStage,
          buffer: { type: access === 'read' ? 'read-only-storage' : 'storage' },
        })),
      });
      this.#layouts.set(key, layout);
    }
    return layout;
  }

  async #compile(kernel: WgslKernel): Promise<void> {
    const module = this.#device.createShaderModule({ label: kernel.name, code: kernel.code });
    try {
      const pipeline = await this.#device.createComputePipelineAsync({
        label: kernel.name,
        layout: this.#device.createPipelineLayout({ bindGroupLayouts: [this.layoutOf(kernel)] }),
        compute: { module, entryPoint: 'main' },
      });
      this.#pipelines.set(kernel.name, pipeline);
    } catch (error) {
      this.#codes.delete(kernel.name);
      const { messages } = await module.getCompilationInfo();
      const reason = messages.find(({ type }) => type === 'error')?.message ?? (error as Error).message;
      throw new Error(`the GPU does not compile kernel ${kernel.name}: ${firstLine(reason)}`, {
        cause: error,
      });
    }
  }
}

export function firstLine(message: string): string {
  return message.trim().split('\n')[0]!;
}
