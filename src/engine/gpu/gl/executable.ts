import { breathe, breathIsDue } from '../../../breathe.ts';
import type { Executable } from '../../engine.ts';
import { inputsOf, nameOf, type Operation, outputsOf } from '../../../tensor/operation.ts';
import type { Program } from '../../../tensor/program.ts';
import type { ArrayOf, DataType, Storage } from '../../../tensor/tensor.ts';
import { formatShape } from '../../../tensor/shape.ts';
import { expectReference } from '../../verify.ts';
import type { DeviceMemory } from './device-memory.ts';
import { assertCountable } from '../exact-numbers.ts';
import type { Gpu } from '../gpu-js.ts';
import { hostResults, isHostOperation, onHost } from '../host.ts';
import type { Launch } from '../kernels/kernel.ts';
import type { ChooseVariant } from '../kernels/matmul.ts';
import { lower } from '../kernels/lower.ts';

/** One operation: computed on the host, or by kernels on the device. */
type Step =
  | { readonly compute: () => void; readonly results: readonly Storage[] }
  | { readonly operation: Operation; readonly launches: readonly Launch[] };

/** What an engine gives to its executables. */
export interface Surroundings {
  readonly gpu: Gpu;
  readonly memory: DeviceMemory;
  /** How products are computed. */
  readonly choose: ChooseVariant;
  /** Names of the kernels that were compared with the reference. */
  readonly verified: Set<string>;
  /** What the engine does before every run. */
  readonly begin: (executable: GpuExecutable) => Promise<void>;
}

/** A program as steps. After each step, it drops the results that no later step needs. */
export class GpuExecutable implements Executable {
  readonly #surroundings: Surroundings;
  readonly #steps: readonly Step[];
  readonly #dropped: readonly (readonly Storage[])[];
  readonly outputs: readonly Storage[];

  constructor(program: Program, surroundings: Surroundings) {
    const { memory, choose } = surroundings;
    this.#surroundings = surroundings;
    this.outputs = program.outputs.map(({ storage }) => storage).filter(({ persistent }) => !persistent);
    this.#steps = program.operations.map((operation): Step => {
      if (!isHostOperation(operation)) return { operation, launches: lower(operation, choose) };
      const compute = onHost(operation, (storage) => memory.hostArray(storage));
      return { compute, results: hostResults(operation) };
    });
    this.#dropped = lastUses(this.#steps, new Set(this.outputs));
    for (const [index, step] of this.#steps.entries())
      assertCountable(program.operations[index]!.kind, storagesOf(step));
  }

  /** At the first run of a kernel, its result is compared with the reference. */
  async run(): Promise<void> {
    const { memory, begin } = this.#surroundings;
    await begin(this);
    for (const [index, step] of this.#steps.entries()) {
      if ('compute' in step) {
        step.compute();
        for (const storage of step.results) memory.drop(storage);
      } else await this.#launchChecked(step.operation, step.launches);
      for (const storage of this.#dropped[index]!) memory.drop(storage);
      if (breathIsDue()) await breathe();
    }
  }

  async #launchChecked(operation: Operation, launches: readonly Launch[]): Promise<void> {
    const { verified } = this.#surroundings;
    const names = launches.map(({ kernel }) => kernel.name).filter((name) => !verified.has(name));
    if (names.length === 0) {
      await this.#launchAll(launches);
      return;
    }
    const written = new Set(outputsOf(operation).map(({ storage }) => storage));
    const used = [...inputsOf(operation).map(({ storage }) => storage), ...written];
    const before = await this.#read(used);
    const work = { name: describe(operation, names), operations: [operation], written };
    const verdictOn = await expectReference(work, (storage) => before.get(storage) ?? null);
    await this.#launchAll(launches);
    const after = new Map([...before, ...(await this.#read(written))]);
    const verdict = verdictOn((storage) => after.get(storage) ?? null);
    if (typeof verdict === 'object')
      throw new Error(`a kernel is wrong on this GPU: ${verdict.difference}; use another engine`);
    if (verdict === 'right') for (const name of names) verified.add(name);
  }

  async #launchAll(launches: readonly Launch[]): Promise<void> {
    const { gpu, memory } = this.#surroundings;
    for (const { kernel, inputs, output } of launches) {
      const arrays = [];
      for (const storage of inputs) arrays.push(await memory.deviceArray(storage));
      memory.replace(output, await gpu.run(kernel, arrays));
    }
  }

  /** Copies of the values of those storages that have any. */
  async #read(storages: Iterable<Storage>): Promise<ReadonlyMap<Storage, ArrayOf<DataType>>> {
    const { memory } = this.#surroundings;
    const values = new Map<Storage, ArrayOf<DataType>>();
    for (const storage of storages) {
      if (memory.has(storage)) values.set(storage, await memory.read(storage));
    }
    return values;
  }
}

function describe(operation: Operation, kernels: readonly string[]): string {
  const shapes = outputsOf(operation).map(({ shape }) => formatShape(shape));
  return `${nameOf(operation)} ${shapes.join(', ')}, kernel ${kernels.join(', ')}`;
}

function storagesOf(step: Step): readonly Storage[] {
  return 'compute' in step
    ? step.results
    : step.launches.flatMap(({ inputs, output }) => [...inputs, output]);
}

/** For each step, the temporaries that no later step uses; those in `kept` are needed to the end. */
function lastUses(steps: readonly Step[], kept: ReadonlySet<Storage>): Storage[][] {
  const dropped: Storage[][] = steps.map(() => []);
  const seen = new Set<Storage>(kept);
  for (const [index, step] of [...steps.entries()].toReversed()) {
    for (const storage of storagesOf(step)) {
      if (storage.persistent || seen.has(storage)) continue;
      seen.add(storage);
      dropped[index]!.push(storage);
    }
  }
  return dropped;
}
