import { alignUp } from '../memory.ts';

interface Place {
  readonly start: number;
  readonly bytes: number;
}

/** The places in a memory that grows at its end: what is given back is given out again. */
export class Places {
  /** What lies free between others, by its start; no two touch. */
  readonly #free: Place[] = [];
  #end: number;

  /** @param first the lowest address that is given out */
  constructor(first: number) {
    this.#end = alignUp(first);
  }

  /** The end of what has ever been given out and not all been given back. */
  get end(): number {
    return this.#end;
  }

  /** The start of a place: the first free one that is large enough, or one at the end. */
  take(size: number): number {
    const bytes = alignUp(size);
    const index = this.#free.findIndex((place) => place.bytes >= bytes);
    if (index < 0) {
      const start = this.#end;
      this.#end += bytes;
      return start;
    }
    const { start, bytes: all } = this.#free[index]!;
    this.#free.splice(index, 1, ...(all > bytes ? [{ start: start + bytes, bytes: all - bytes }] : []));
    return start;
  }

  giveBack(start: number, size: number): void {
    const next = this.#free.findIndex((place) => place.start > start);
    const index = next < 0 ? this.#free.length : next;
    const [before, after] = [this.#free[index - 1], this.#free[index]];
    let [from, to] = [start, start + alignUp(size)];
    const joinsBefore = before !== undefined && before.start + before.bytes === from;
    const joinsAfter = after !== undefined && after.start === to;
    if (joinsBefore) from = before.start;
    if (joinsAfter) to += after.bytes;
    const joined = to === this.#end ? [] : [{ start: from, bytes: to - from }];
    this.#free.splice(index - (joinsBefore ? 1 : 0), Number(joinsBefore) + Number(joinsAfter), ...joined);
    if (to === this.#end) this.#end = from;
  }
}
