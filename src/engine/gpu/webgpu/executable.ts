import { breathe, breathIsDue } from '../../../breathe.ts';
import type { Program } from '../../../tensor/program.ts';
import type { ArrayOf, DataType, Storage } from '../../../tensor/tensor.ts';
import type { Executable } from '../../engine.ts';
import type { PreparationOptions } from '../../preparation.ts';
import { expectReference } from '../../verify.ts';
import { outputsOf } from '../../../tensor/operation.ts';
import { accessesOf, type Call, type Part, storagesOf } from './call.ts';
import { byLevel } from './order.ts';
import type { Pipelines } from './pipelines.ts';
import type { CommandQueue, Dispatch } from './queue.ts';
import type { TensorBuffers } from './tensor-buffers.ts';

/** What an engine gives to its executables. */
export interface Surroundings {
  readonly device: GPUDevice;
  readonly queue: CommandQueue;
  readonly buffers: TensorBuffers;
  readonly pipelines: Pipelines;
  /** Names of the kernels that were compared with the reference. */
  readonly verified: Set<string>;
  readonly onPreparation: PreparationOptions['onPreparation'];
  readonly read: (storage: Storage) => Promise<ArrayOf<DataType>>;
  /** What the engine does before every run. @throws if the device is gone */
  readonly begin: (executable: RecordedExecutable) => void;
}

/**
 * A program as a list of dispatches that is made once: pipelines, buffers and bind groups exist before the first run.
 * A run only appends the list to the commands of the engine.
 */
export class RecordedExecutable implements Executable {
  readonly #surroundings: Surroundings;
  readonly #parts: readonly Part[];
  readonly outputs: readonly Storage[];
  /** The calls in the order in which they run. */
  readonly calls: readonly Call[];
  #dispatches: readonly Dispatch[] = [];
  #generation = -1;
  #isVerified: boolean;

  constructor({ outputs }: Program, parts: readonly Part[], surroundings: Surroundings) {
    this.#surroundings = surroundings;
    this.#parts = parts;
    this.outputs = outputs.map(({ storage }) => storage).filter(({ persistent }) => !persistent);
    this.calls = byLevel(parts.flatMap(({ calls }) => calls));
    this.#isVerified = this.#unverified().length === 0;
  }

  /** It is not `async`, so that a run that need not wait creates no promise. */
  run(): Promise<void> {
    const { begin, queue } = this.#surroundings;
    begin(this);
    if (!this.#isVerified) return this.#runChecked();
    queue.dispatch(this.#bound());
    return queue.endRun() ?? (breathIsDue() ? breathe() : done);
  }

  /** The dispatches, bound to the places where the tensors are now. */
  #bound(): readonly Dispatch[] {
    const { buffers } = this.#surroundings;
    if (this.#generation !== buffers.generation) {
      this.#dispatches = this.calls.map((call) => this.#bind(call));
      this.#generation = buffers.generation;
    }
    return this.#dispatches;
  }

  #bind({ kernel, storages }: Call): Dispatch {
    const { device, buffers, pipelines } = this.#surroundings;
    const entries = storages.map((binding, index) => {
      const places = storagesOf(binding).map((storage) => buffers.placeOf(storage));
      const [first, last] = [places[0]!, places.at(-1)!];
      const size = last.offset + last.bytes - first.offset;
      return { binding: index, resource: { buffer: first.buffer, offset: first.offset, size } };
    });
    const group = device.createBindGroup({
      label: kernel.name,
      layout: pipelines.layoutOf(kernel),
      entries,
    });
    return { pipeline: pipelines.of(kernel), group, groups: kernel.groups };
  }

  #unverified(): readonly Part[] {
    const { verified } = this.#surroundings;
    return this.#parts.filter(({ calls }) => calls.some(({ kernel }) => !verified.has(kernel.name)));
  }

  /** The first run: part by part. What a new kernel writes is compared with the reference. */
  async #runChecked(): Promise<void> {
    const { queue, verified, onPreparation } = this.#surroundings;
    const fresh = new Set(this.#unverified());
    for (const [index, part] of this.#parts.entries()) {
      onPreparation?.({ task: 'checking kernels', done: index, total: this.#parts.length });
      const dispatches = part.calls.map((call) => this.#bind(call));
      if (!fresh.has(part)) {
        queue.dispatch(dispatches);
        continue;
      }
      const accesses = part.calls.map(accessesOf);
      // results between fused operations are never written
      const written = new Set(
        part.operations
          .flatMap(outputsOf)
          .map(({ storage }) => storage)
          .filter((storage) => accesses.some(({ writes }) => writes.includes(storage))),
      );
      const used = new Set([...accesses.flatMap(({ reads }) => reads), ...written]);
      const names = part.calls.map(({ kernel }) => kernel.name);
      const before = await this.#readAll(used);
      const work = { name: `${part.name}, kernel ${names.join(', ')}`, operations: part.operations, written };
      const others = fresh.size - 1;
      const verdictOn = await expectReference(work, (storage) => before.get(storage) ?? null, others);
      queue.dispatch(dispatches);
      const after = new Map([...before, ...(await this.#readAll(written))]);
      const verdict = verdictOn((storage) => after.get(storage) ?? null);
      if (typeof verdict === 'object') {
        throw new Error(`a kernel is wrong on this GPU: ${verdict.difference}; use another engine`);
      }
      if (verdict === 'right') for (const name of names) verified.add(name);
    }
    onPreparation?.({ task: 'checking kernels', done: this.#parts.length, total: this.#parts.length });
    this.#isVerified = true;
    await queue.finish();
  }

  /** Copies of the values of tensors. */
  async #readAll(storages: Iterable<Storage>): Promise<ReadonlyMap<Storage, ArrayOf<DataType>>> {
    const { read } = this.#surroundings;
    const entries = [...storages].map(async (storage) => [storage, await read(storage)] as const);
    return new Map(await Promise.all(entries));
  }
}

const done = Promise.resolve();
