import { Storage } from '../../../tensor/tensor.ts';
import type { Task } from './task.ts';

/** A copy, and the tasks that make it: none where the program has made it before. */
export interface Copy {
  readonly storage: Storage;
  readonly tasks: readonly Task[];
}

/**
 * The copies of tensors that a program has made for its kernels, such as images with zeros around them or the factors
 * of a filter. Each is made once, and used until its tensor is written again.
 */
export class Copies {
  readonly #made = new Map<Storage, Map<string, Storage>>();

  /** The copy with this name, of `length` floats; `make` gives the tasks that write it if it does not exist yet. */
  get(of: Storage, name: string, length: number, make: (copy: Storage) => readonly Task[]): Copy {
    const found = this.#made.get(of)?.get(name);
    if (found) return { storage: found, tasks: [] };
    const storage = new Storage('float32', length, null);
    const copies = this.#made.get(of) ?? new Map<string, Storage>();
    this.#made.set(of, copies.set(name, storage));
    return { storage, tasks: make(storage) };
  }

  /** To be called when the tensor is written: its copies are out of date. */
  forget(of: Storage): void {
    this.#made.delete(of);
  }
}
