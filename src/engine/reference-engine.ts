import { breathe, breathIsDue } from '../breathe.ts';
import type { Engine, Executable } from './engine.ts';
import { planMemory } from './memory.ts';
import type { Program } from '../tensor/program.ts';
import { type ArrayOf, type DataType, type Tensor, viewOf } from '../tensor/tensor.ts';
import { compute } from '../tensor/reference/kernels.ts';

/**
 * Runs a program with the reference loops, on one thread. It runs anywhere, and all other engines are tested against
 * it.
 */
export class ReferenceEngine implements Engine {
  readonly name = 'reference';
  readonly threads = 1;
  readonly description = 'TypeScript loops, 1 thread';
  reason = 'asked for';

  /** Temporaries are placed once, in one buffer, so that a run allocates nothing. */
  compile(program: Program): Promise<Executable> {
    const lifetimes = [...program.lifetimes()];
    const plan = planMemory(lifetimes.map(([storage, span]) => ({ bytes: storage.bytes, ...span })));
    const buffer = new ArrayBuffer(plan.bytes);
    for (const [index, [storage]] of lifetimes.entries()) {
      storage.values = viewOf(storage.dtype, buffer, plan.offsets[index]!, storage.length);
    }
    return Promise.resolve({
      run: async () => {
        for (const operation of program.operations) {
          compute(operation);
          if (breathIsDue()) await breathe();
        }
      },
    });
  }

  write<D extends DataType>(tensor: Tensor<D>, values: ArrayLike<number>): void {
    tensor.values.set(values);
  }

  read<D extends DataType>(tensor: Tensor<D>): Promise<ArrayOf<D>> {
    return Promise.resolve(tensor.values.slice() as ArrayOf<D>);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
