/**
 * Reading memory ahead. The transforms go over an image in small pieces, from many places at a time; where it is not in
 * a cache, each piece waits for the memory. A loop that reads one number of each cache line in order is what processors
 * expect and fetch ahead of, and after it the lines are there. It helps for lines that are only written, too: a
 * processor fetches a line before it changes it.
 */
import type { FunctionBuilder, Local } from '../../assembler/function-builder.ts';
import { emitLoopTo, emitLoopWhole, emitPlace } from '../emit.ts';
import { cacheLineBytes } from '../sizes.ts';

/** Lines that one round reads. */
const linesAtOnce = 4;

/** Emits loops that touch memory, with locals that they share. */
export class Touch {
  readonly #code: FunctionBuilder;
  readonly #sink: Local;
  readonly #at: Local;
  readonly #end: Local;
  readonly #sum: Local;

  /** @param sink an address where the sum of what was read may be stored: without a use, nothing would be read */
  constructor(code: FunctionBuilder, sink: Local) {
    this.#code = code;
    this.#sink = sink;
    this.#at = code.local('i32', 'touched');
    this.#end = code.local('i32', 'touched_end');
    this.#sum = code.local('i32', 'touched_sum');
  }

  /** @param pushBytes leaves the number of bytes on the stack */
  emit(from: Local, pushBytes: () => unknown): void {
    const code = this.#code;
    emitPlace(code, this.#at, from, 0);
    code.get(from);
    pushBytes();
    code.op('i32.add').set(this.#end);
    emitLoopWhole(code, this.#at, this.#end, linesAtOnce * cacheLineBytes, () => this.#read(linesAtOnce));
    emitLoopTo(code, this.#at, this.#end, cacheLineBytes, () => this.#read(1));
    code.get(this.#sink).get(this.#sum).memory('i32.store');
  }

  #read(lines: number): void {
    for (let line = 0; line < lines; line++) {
      this.#code
        .get(this.#sum)
        .get(this.#at)
        .memory('i32.load', line * cacheLineBytes)
        .op('i32.add')
        .set(this.#sum);
    }
  }
}
