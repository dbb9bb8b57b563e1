import type { Executable } from './engine.ts';

/** Programs of an engine that differ in one thing, such as the size of a batch: each is compiled when it is first asked for. */
export class CompiledPrograms<Key, Compiled extends { readonly executable: Executable }> {
  readonly #byKey = new Map<Key, Compiled>();

  async get(key: Key, compile: () => Promise<Compiled>): Promise<Compiled> {
    const known = this.#byKey.get(key);
    if (known) return known;
    const compiled = await compile();
    this.#byKey.set(key, compiled);
    return compiled;
  }

  /** Gives back what the programs take in the engine. One that is asked for after it is compiled anew. */
  release(): void {
    for (const { executable } of this.#byKey.values()) executable.release?.();
    this.#byKey.clear();
  }
}
