import type { Program } from '../../../tensor/program.ts';
import type { ArrayOf, DataType, Storage, Tensor } from '../../../tensor/tensor.ts';
import { type Operation, outputsOf } from '../../../tensor/operation.ts';
import type { PreparationOptions } from '../../preparation.ts';
import type { GpuEngine } from '../gpu-engine.ts';
import { createTranslator, type Translate } from '../translate.ts';
import { candidatesFor, softwareTile } from '../wgsl/candidates.ts';
import type { MatmulSize } from '../wgsl/matmul.ts';
import type { WebGpuAdapter } from './adapter.ts';
import { type Part, storagesOf } from './call.ts';
import { CallTimer } from './call-timer.ts';
import { bufferBytes, decode } from './encoding.ts';
import { RecordedExecutable } from './executable.ts';
import { HostGather } from './host-gather.ts';
import { firstLine, Pipelines } from './pipelines.ts';
import { planParts } from './plan/plan.ts';
import { nudged } from './nudged.ts';
import { CommandQueue } from './queue.ts';
import { TensorBuffers } from './tensor-buffers.ts';
import { TileChooser } from './tile-choice.ts';
import { bufferUsage, mapMode } from './usage.ts';

export interface WebGpuOptions extends PreparationOptions {
  /** Whether `compile` chooses the tiles of products by measuring. */
  readonly measure?: boolean | undefined;
  /** Runs that are submitted together, 1 or more; if left out, as many as take about 12 ms. */
  readonly stepsPerSubmit?: number | undefined;
}

/** Tensors up to this size that only the host writes lie side by side, so that one copy updates all of them. */
const mostInputBytes = 1 << 16;

/**
 * Runs programs on WebGPU. Each is compiled to a list of dispatches over buffers that exist from then on (docs/gpu.md).
 * Runs are queued; reading a tensor waits for the runs before it.
 */
export class WebGpuEngine implements GpuEngine {
  readonly name = 'gpu';
  readonly threads = 1;
  readonly ranIn = 'webgpu';
  readonly description: string;
  reason = 'asked for';
  readonly software: boolean;
  readonly #device: GPUDevice;
  readonly #translate: Translate;
  readonly #queue: CommandQueue;
  readonly #buffers: TensorBuffers;
  readonly #pipelines: Pipelines;
  readonly #tiles: TileChooser;
  readonly #host = new HostGather();
  readonly #verified = new Set<string>();
  readonly #preparation: PreparationOptions;
  /** Persistent tensors that some program changes. */
  readonly #changed = new Set<Storage>();
  /** Small tensors that only the host changes. They share buffers. */
  readonly #inputs = new Set<Storage>();
  #problem: string | null = null;
  #last: RecordedExecutable | null = null;

  private constructor(adapter: WebGpuAdapter, translate: Translate, options: WebGpuOptions) {
    const { device } = adapter;
    this.description = `WebGPU, ${adapter.name}${adapter.software ? ', an adapter in software' : ''}`;
    this.software = adapter.software;
    this.#device = device;
    this.#preparation = options;
    this.#translate = translate;
    this.#queue = new CommandQueue(device, options);
    this.#buffers = new TensorBuffers(device, this.#queue);
    this.#pipelines = new Pipelines(device);
    const rule = adapter.software ? () => softwareTile : (size: MatmulSize) => candidatesFor(size)[0]!;
    this.#tiles = new TileChooser(rule, options.measure ? new CallTimer(device, this.#pipelines) : null);
    // WebGPU reports an error after the call that caused it has returned, and continues with zeros
    device.onuncapturederror = ({ error }) => (this.#problem ??= `reports: ${firstLine(error.message)}`);
    void device.lost.then(({ reason, message }) => {
      if (reason !== 'destroyed') this.#problem = `is gone: ${firstLine(message) || 'it gives no reason'}`;
    });
  }

  static async on(adapter: WebGpuAdapter, options: WebGpuOptions = {}): Promise<WebGpuEngine> {
    return new WebGpuEngine(adapter, await createTranslator(), options);
  }

  /** Submits so far. */
  get submits(): number {
    return this.#queue.submits;
  }

  /** The products whose tiles were measured, each with the name of its tile. */
  get measuredProducts(): ReadonlyMap<string, string> {
    return this.#tiles.measured;
  }

  async compile(program: Program): Promise<RecordedExecutable> {
    this.#throwProblem();
    const { maxStorageBufferBindingSize, maxStorageBuffersPerShaderStage } = this.#device.limits;
    const gathers = this.#host.adopt(program, maxStorageBufferBindingSize);
    for (const tensor of program.persistentTensors()) {
      if (!this.#host.keeps(tensor.storage)) this.#buffers.adopt(tensor);
    }
    const options = {
      translate: this.#translate,
      onHost: new Set<Operation>(gathers),
      mostBuffers: maxStorageBuffersPerShaderStage,
      tileFor: this.#tiles.tileFor,
    };
    let parts = planParts(program, options);
    if (await this.#tiles.measure()) parts = planParts(program, options);
    const calls = parts.flatMap((part) => part.calls);
    await this.#pipelines.prepare(
      calls.map(({ kernel }) => kernel),
      this.#preparation,
    );
    this.#place(program, parts);
    this.#throwProblem();
    return new RecordedExecutable(program, parts, {
      device: this.#device,
      queue: this.#queue,
      buffers: this.#buffers,
      pipelines: this.#pipelines,
      verified: this.#verified,
      onPreparation: this.#preparation.onPreparation,
      read: (storage) => this.#readStorage(storage),
      begin: (executable) => {
        this.#throwProblem();
        this.#last = executable;
        for (const gather of gathers) {
          const { storage } = gather.outputs.y;
          this.#buffers.write(storage, this.#host.compute(gather));
        }
      },
    });
  }

  /** Moves the tensors of one binding into one buffer, and those that the host writes before each step into another. */
  #place(program: Program, parts: readonly Part[]): void {
    for (const { storage } of program.operations.flatMap(outputsOf)) {
      if (!storage.persistent) continue;
      this.#changed.add(storage);
      // a dispatch must not read and write the same buffer by two bindings
      if (this.#inputs.delete(storage)) this.#buffers.separate(storage);
    }
    for (const binding of parts.flatMap(({ calls }) => calls.flatMap(({ storages }) => storages))) {
      const several = storagesOf(binding);
      if (several.length > 1) this.#buffers.together(several, 'parameters');
    }
    const inputs = program
      .persistentTensors()
      .map(({ storage }) => storage)
      .filter((storage) => !this.#changed.has(storage) && this.#buffers.has(storage))
      .filter((storage) => bufferBytes(storage) <= mostInputBytes);
    if (inputs.length > 0) this.#buffers.together(inputs, 'inputs');
    for (const storage of inputs) this.#inputs.add(storage);
  }

  write<D extends DataType>(tensor: Tensor<D>, values: ArrayLike<number>): void {
    const { storage, name } = tensor;
    if (values.length !== storage.length) {
      throw new Error(`write: tensor ${name} has ${storage.length} values, got ${values.length}`);
    }
    this.#host.write(storage, values);
    if (this.#buffers.has(storage)) this.#buffers.write(storage, values);
    else if (!this.#host.keeps(storage)) tensor.values.set(values);
  }

  async read<D extends DataType>(tensor: Tensor<D>): Promise<ArrayOf<D>> {
    const { storage } = tensor;
    if (this.#host.keeps(storage)) return this.#host.read(storage) as ArrayOf<D>;
    const isThere = storage.persistent ? this.#buffers.has(storage) : this.#last?.outputs.includes(storage);
    if (!isThere) return tensor.values.slice() as ArrayOf<D>;
    return (await this.#readStorage(storage)) as ArrayOf<D>;
  }

  async #readStorage(storage: Storage): Promise<ArrayOf<DataType>> {
    this.#throwProblem();
    const place = this.#buffers.placeOf(storage);
    const target = this.#device.createBuffer({
      label: 'read',
      size: place.bytes,
      usage: bufferUsage.mapRead | bufferUsage.copyTarget,
    });
    this.#queue.copy(place, { buffer: target, offset: 0, bytes: place.bytes });
    this.#queue.flush();
    await nudged(this.#device, target.mapAsync(mapMode.read)).catch((error: unknown) => {
      this.#throwProblem();
      throw error;
    });
    const values = decode(storage, target.getMappedRange().slice(0));
    target.destroy();
    this.#throwProblem();
    return values;
  }

  /** @throws with one line if the device is lost, or has reported an error since the last call */
  #throwProblem(): void {
    const problem = this.#problem;
    if (problem === null) return;
    if (!problem.startsWith('is gone')) this.#problem = null;
    throw new Error(`the GPU ${problem}`);
  }

  async close(): Promise<void> {
    await this.#queue.finish().catch(() => {});
    this.#queue.destroy();
    this.#buffers.destroy();
    this.#device.destroy();
  }
}
