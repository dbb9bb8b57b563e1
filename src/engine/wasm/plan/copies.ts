import { Storage } from '../../../tensor/tensor.ts';
import type { Task } from './task.ts';

/** A copy, and the tasks that make it where it is asked for first. */
export interface Copy {
  readonly storage: Storage;
  readonly tasks: readonly Task[];
}

/**
 * What a program has computed from tensors for the use of its kernels: images with zeros around them, factors of
 * a filter. Made once, used until the tensor is written again.
 */
export class Copies {
  readonly #made = new Map<Storage, Map<string, Storage>>();

  /** The copy of that name, of `length` floats; `make` gives the tasks that write it if it is not there yet. */
  get(of: Storage, name: string, length: number, make: (copy: Storage) => readonly Task[]): Copy {
    const found = this.#made.get(of)?.get(name);
    if (found) return { storage: found, tasks: [] };
    const storage = this.add(of, name, length);
    return { storage, tasks: make(storage) };
  }

  /** A new copy, which the caller's task writes along with its result. */
  add(of: Storage, name: string, length: number): Storage {
    const storage = new Storage('float32', length, null);
    const copies = this.#made.get(of) ?? new Map<string, Storage>();
    this.#made.set(of, copies.set(name, storage));
    return storage;
  }

  /** The tensor is written: what was made from it is out of date. */
  forget(of: Storage): void {
    this.#made.delete(of);
  }
}
