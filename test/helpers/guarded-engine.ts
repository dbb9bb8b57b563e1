import type { Engine, Executable } from '../../src/engine/engine.ts';
import type { Target } from '../../src/engine/wasm/kernels/kernel.ts';
import { planProgram } from '../../src/engine/wasm/plan/plan.ts';
import type { Program } from '../../src/tensor/program.ts';
import { type ArrayOf, type DataType, type Storage, type Tensor, zeros } from '../../src/tensor/tensor.ts';
import { guardedRun } from './guarded-run.ts';

/**
 * The generated code of the wasm engine for any target, in a memory where a write outside of a tensor is an error:
 * threads run one after the other.
 */
export class GuardedEngine implements Engine {
  readonly name = 'wasm';
  readonly description = 'generated code between guard bytes';
  reason = 'asked for';
  readonly threads: number;
  readonly #target: Target;
  readonly #values = new Map<Storage, ArrayLike<number>>();

  constructor(target: Target, threads: number) {
    this.#target = target;
    this.threads = threads;
  }

  compile(program: Program): Promise<Executable> {
    const plan = planProgram(program, this.#target, this.threads);
    const tensors = program.persistentTensors();
    for (const tensor of tensors) this.write(tensor, tensor.values);
    return Promise.resolve({
      run: () => {
        const inputs = new Map(tensors.map(({ storage }) => [storage, this.#values.get(storage)!]));
        const after = guardedRun(plan, this.threads, inputs);
        for (const [storage, values] of after) this.#values.set(storage, values);
        return Promise.resolve();
      },
    });
  }

  write(tensor: Tensor<DataType>, values: ArrayLike<number>): void {
    this.#values.set(tensor.storage, Array.from(values));
  }

  read<D extends DataType>(tensor: Tensor<D>): Promise<ArrayOf<D>> {
    const values = zeros(tensor.dtype, tensor.size);
    values.set(this.#values.get(tensor.storage)!);
    return Promise.resolve(values);
  }

  close(): Promise<void> {
    this.#values.clear();
    return Promise.resolve();
  }
}
