import type { Executable } from '../engine.ts';
import type { Program } from '../program.ts';
import type { Storage } from '../tensor.ts';
import { type DeviceMemory, exactInFloat32 } from './device-memory.ts';
import type { Gpu } from './gpu.ts';
import { hostResults, isHostOperation, onHost } from './host.ts';
import type { Launch } from './kernel.ts';
import type { ChooseVariant } from './kernels/matmul.ts';
import { lower } from './lower.ts';

/** One thing to do: computed on the host, or a kernel on the device. */
type Step =
  { readonly compute: () => void; readonly results: readonly Storage[] } | { readonly launch: Launch };

/** A program as steps, and after each the results that nothing needs any more. */
export class GpuExecutable implements Executable {
  readonly #gpu: Gpu;
  readonly #memory: DeviceMemory;
  readonly #begin: (executable: GpuExecutable) => Promise<void>;
  readonly #steps: readonly Step[];
  readonly #dropped: readonly (readonly Storage[])[];
  readonly outputs: readonly Storage[];

  /**
   * @param choose how products are computed
   * @param begin what the engine does before every run
   */
  constructor(
    program: Program,
    gpu: Gpu,
    memory: DeviceMemory,
    choose: ChooseVariant,
    begin: (executable: GpuExecutable) => Promise<void>,
  ) {
    this.#gpu = gpu;
    this.#memory = memory;
    this.#begin = begin;
    this.outputs = program.outputs.map(({ storage }) => storage).filter(({ persistent }) => !persistent);
    this.#steps = program.operations.flatMap((operation): Step[] =>
      isHostOperation(operation)
        ? [
            {
              compute: onHost(operation, (storage) => memory.hostArray(storage)),
              results: hostResults(operation),
            },
          ]
        : lower(operation, choose).map((launch) => ({ launch })),
    );
    this.#dropped = lastUses(this.#steps, new Set(this.outputs));
    for (const { length } of this.#steps.flatMap(storagesOf)) {
      if (length > exactInFloat32) {
        throw new Error(
          `the gpu engine addresses ${exactInFloat32} numbers in a tensor, not ${length}: use a smaller batch`,
        );
      }
    }
  }

  async run(): Promise<void> {
    await this.#begin(this);
    for (const [index, step] of this.#steps.entries()) {
      if ('launch' in step) await this.#launch(step.launch);
      else {
        step.compute();
        for (const storage of step.results) this.#memory.drop(storage);
      }
      for (const storage of this.#dropped[index]!) this.#memory.drop(storage);
    }
  }

  async #launch({ kernel, inputs, output }: Launch): Promise<void> {
    const arrays = [];
    for (const storage of inputs) arrays.push(await this.#memory.deviceArray(storage));
    this.#memory.replace(output, await this.#gpu.run(kernel, arrays));
  }
}

function storagesOf(step: Step): readonly Storage[] {
  return 'launch' in step ? [...step.launch.inputs, step.launch.output] : step.results;
}

/** For each step, the temporaries that are used there for the last time; `kept` are needed to the end. */
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
