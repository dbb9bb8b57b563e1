import { type ArrayOf, type DataType, type Storage, viewOf } from '../../src/tensor/tensor.ts';
import type { Plan } from '../../src/engine/wasm/plan/plan.ts';
import { phasesOf } from '../../src/engine/wasm/threads/shares.ts';
import { loadImageLowerings } from '../../src/engine/wasm/plan/lower/lower.ts';
import { buildModule } from '../../src/engine/wasm/plan/module.ts';

// tests plan programs themselves, of any operations
await loadImageLowerings();

const pageBytes = 65_536;
/** Bytes around every storage that no kernel may change. */
const guardBytes = 64;
const guardByte = 0xa5;

/**
 * Runs a plan on a memory of its own in which every storage is surrounded by guard bytes, and everything that
 * is not an input is NaN at first. Threads run one after the other, phase by phase.
 *
 * @returns the values of each storage after the run
 * @throws if a guard byte was changed, naming the storage before it
 */
export function guardedRun(
  plan: Plan,
  threads: number,
  inputs: ReadonlyMap<Storage, ArrayLike<number>>,
): ReadonlyMap<Storage, ArrayLike<number>> {
  const storages = new Set([
    ...inputs.keys(),
    ...plan.phases.flat().flatMap(({ accesses }) => accesses.map(({ storage }) => storage)),
  ]);
  const addresses = new Map<Storage, number>();
  let end = guardBytes;
  for (const storage of storages) {
    addresses.set(storage, end);
    end = Math.ceil((end + storage.bytes + guardBytes) / guardBytes) * guardBytes;
  }
  const addressOf = (storage: Storage): number => {
    const address = addresses.get(storage);
    if (address === undefined) throw new Error('a storage has no address');
    return address;
  };
  const pages = Math.ceil(end / pageBytes);
  const limits = { initial: pages, maximum: pages, shared: true };
  const module = buildModule(plan, threads, addressOf, limits, 'guarded');
  const memory = new WebAssembly.Memory(limits);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.encode()), { env: { memory } });

  const bytes = new Uint8Array(memory.buffer).fill(guardByte);
  const view = (storage: Storage): ArrayOf<DataType> =>
    viewOf(storage.dtype, memory.buffer, addressOf(storage), storage.length);
  for (const storage of storages) {
    if (inputs.has(storage)) view(storage).set(inputs.get(storage)!);
    else view(storage).fill(NaN);
  }
  for (const shares of phasesOf(exports)) {
    for (const piece of shares.flat()) piece();
  }

  const owned = new Uint8Array(bytes.length);
  for (const storage of storages) owned.fill(1, addressOf(storage), addressOf(storage) + storage.bytes);
  for (let address = 0; address < bytes.length; address++) {
    if (owned[address] === 0 && bytes[address] !== guardByte) {
      throw new Error(`byte ${address} outside of every storage was changed`);
    }
  }
  return new Map([...storages].map((storage) => [storage, Array.from(view(storage))]));
}
