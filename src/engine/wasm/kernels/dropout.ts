import type { DropoutConstants } from '../../../tensor/operation.ts';
import { threefryParity, threefryRotations } from '../../../tensor/random.ts';
import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import { emitAdvance, emitAdvanceBy, emitLoopTo, emitLoopWhole, floatLanes, vectorLocals } from './emit.ts';
import { type Kernel, kernelFunction } from './kernel.ts';
import { floatBytes, lanes, vectorBytes } from './sizes.ts';

/** Elements of a block: four counters with two words each. */
const blockElements = 8;
/**
 * Blocks that are computed together. One block alone is a chain of a hundred instructions, each of which waits for the
 * one before.
 */
const chains = 4;

/**
 * mask[i] = 0 where the random number of element i is below `rate`, else 1 / (1 − rate). The numbers are those of
 * tensor/random.ts, four counters at a time. Element i takes word i mod 2 of counter ⌊i / 2⌋, so the two vectors of
 * words are interleaved. If only part of a block lies in the range, the block is computed whole and stored lane by
 * lane. Addresses: step, mask.
 */
export function dropoutMaskKernel(itemSize: number, constants: DropoutConstants): Kernel {
  const { rate, seed, stream } = constants;
  const name = `dropoutMask_${itemSize}_rate${rate}_key${seed}_${stream}`;
  return {
    name,
    build(module) {
      const { code, addresses, begin, end } = kernelFunction(module, name, ['step', 'mask']);
      const [step, mask] = addresses as [Local, Local];
      const emitter = new MaskEmitter(code, constants, step, mask);
      const { index, last } = emitter;
      code.get(begin).i32(itemSize).op('i32.mul').set(index);
      code.get(end).i32(itemSize).op('i32.mul').set(last);
      emitAdvanceBy(code, mask, index, floatBytes);
      code.get(step).memory('i32.load').set(step);
      code.get(index).i32(blockElements - 1);
      code.op('i32.and').op('i32.eqz');
      code.if(() => emitter.emitChains());
      emitLoopTo(code, index, last, 0, () => emitter.emitBlock());
      return code;
    },
  };
}

/** Emits the mask from element `index` on, which moves with the address of the mask, to `last`. */
class MaskEmitter {
  readonly index: Local;
  readonly last: Local;
  readonly #code: FunctionBuilder;
  readonly #constants: DropoutConstants;
  readonly #step: Local;
  readonly #mask: Local;
  /** The first element of a block, one of its elements, and its end. */
  readonly #block: Local;
  readonly #element: Local;
  readonly #blockEnd: Local;
  readonly #words: readonly Words[];

  constructor(code: FunctionBuilder, constants: DropoutConstants, step: Local, mask: Local) {
    this.#code = code;
    this.#constants = constants;
    this.#step = step;
    this.#mask = mask;
    this.index = code.local('i32', 'index');
    this.last = code.local('i32', 'last');
    this.#block = code.local('i32', 'block');
    this.#element = code.local('i32', 'element');
    this.#blockEnd = code.local('i32', 'block_end');
    this.#words = Array.from({ length: chains }, (_, chain): Words => {
      const [x0, x1, y0, y1] = vectorLocals(code, `words${chain}_`, 4) as [Local, Local, Local, Local];
      return { x0, x1, y0, y1 };
    });
  }

  /** Whole blocks, `chains` at a time, while as many are left. `index` must be the start of a block. */
  emitChains(): void {
    const code = this.#code;
    const elements = chains * blockElements;
    emitLoopWhole(code, this.index, this.last, elements, () => {
      code.get(this.index).set(this.#block);
      for (const [chain, words] of this.#emitWords(chains).entries()) {
        this.#emitStoreBlock(words, chain * blockElements * floatBytes);
      }
      emitAdvance(code, this.#mask, elements * floatBytes);
    });
  }

  /** The elements of one block that lie in the range. */
  emitBlock(): void {
    const code = this.#code;
    code.get(this.index).i32(-blockElements).op('i32.and').set(this.#block);
    const [words] = this.#emitWords(1) as [Words];
    code.get(this.#block).i32(blockElements).op('i32.add').set(this.#blockEnd);
    code.get(this.index).get(this.#block).op('i32.eq');
    code.get(this.#blockEnd).get(this.last).op('i32.le_u').op('i32.and');
    code.if(() => {
      this.#emitStoreBlock(words, 0);
      emitAdvance(code, this.#mask, blockElements * floatBytes);
      code.get(this.#blockEnd).set(this.index);
    });
    // part of a block: the elements from `index` to `blockEnd` or `last`, one by one
    code.get(this.index).get(this.#blockEnd).op('i32.lt_u');
    code.if(() => {
      for (let element = 0; element < blockElements; element++) this.#emitStoreElement(words, element);
    });
  }

  /** Computes `count` blocks of the mask, the first at `block`. */
  #emitWords(count: number): readonly Words[] {
    const code = this.#code;
    const { rate, seed, stream } = this.#constants;
    const used = this.#words.slice(0, count);
    // counters (step, block/2 … block/2 + 3) and the key (seed, stream)
    for (const [chain, { x0, x1 }] of used.entries()) {
      const first = (chain * blockElements) / 2;
      code.get(this.#step).op('i32x4.splat').set(x0);
      code.get(this.#block).i32(1).op('i32.shr_u').op('i32x4.splat');
      code.i32x4(first, first + 1, first + 2, first + 3);
      code.op('i32x4.add').set(x1);
    }
    emitThreefry(code, used, seed, stream);
    for (const { x0, x1, y0, y1 } of used) {
      code.get(x0).get(x1).shuffle(interleaveLow).set(y0);
      code.get(x0).get(x1).shuffle(interleaveHigh).set(y1);
      for (const y of [y0, y1]) emitDecision(code, y, rate);
    }
    return used;
  }

  #emitStoreBlock({ y0, y1 }: Words, offset: number): void {
    const code = this.#code;
    code.get(this.#mask).get(y1);
    code.memory('v128.store', offset + vectorBytes);
    code.get(this.#mask).get(y0).memory('v128.store', offset);
  }

  /** Stores an element of a block if it is the next one, and moves on. */
  #emitStoreElement({ y0, y1 }: Words, element: number): void {
    const code = this.#code;
    code.get(this.#block).i32(element).op('i32.add').set(this.#element);
    code.get(this.#element).get(this.index).op('i32.eq');
    code.get(this.#element).get(this.last).op('i32.lt_u').op('i32.and');
    code.if(() => {
      code.get(this.#mask).get(element < lanes ? y0 : y1);
      code.memoryLane('v128.store32_lane', element % lanes);
      emitAdvance(code, this.#mask, floatBytes);
      emitAdvance(code, this.index, 1);
    });
  }
}

/**
 * The vectors of a block: x0 and x1 for counters that become random words, y0 and y1 for these in the order of
 * elements.
 */
interface Words {
  readonly x0: Local;
  readonly x1: Local;
  readonly y0: Local;
  readonly y1: Local;
}

/** Threefry-2x32 on the counters of some blocks: x0 and x1 hold the words of the counters, then the random words. */
function emitThreefry(code: FunctionBuilder, blocks: readonly Words[], k0: number, k1: number): void {
  const keys = [k0, k1, k0 ^ k1 ^ threefryParity];
  const add = (word: 'x0' | 'x1', value: number): void => {
    for (const block of blocks) {
      code
        .get(block[word])
        .i32x4(value | 0, value | 0, value | 0, value | 0)
        .op('i32x4.add')
        .set(block[word]);
    }
  };
  add('x0', k0);
  add('x1', k1);
  for (let group = 0; group < 5; group++) {
    for (const rotation of threefryRotations[group % 2]!) {
      for (const { x0, x1 } of blocks) code.get(x0).get(x1).op('i32x4.add').set(x0);
      for (const { x0, x1 } of blocks) {
        code.get(x1).i32(rotation).op('i32x4.shl');
        code
          .get(x1)
          .i32(32 - rotation)
          .op('i32x4.shr_u');
        code.op('v128.or').get(x0).op('v128.xor').set(x1);
      }
    }
    add('x0', keys[(group + 1) % 3]!);
    add('x1', keys[(group + 2) % 3]! + group + 1);
  }
}

/** words ← 0 where their upper 24 bits, as a number in [0, 1), are below `rate`, else 1 / (1 − rate). */
function emitDecision(code: FunctionBuilder, words: Local, rate: number): void {
  const threshold = Math.ceil(rate * 2 ** 24);
  code.f32x4(1 / (1 - rate));
  code.get(words).i32(8).op('i32x4.shr_u').i32x4(threshold, threshold, threshold, threshold).op('i32x4.lt_u');
  code.op('v128.andnot').set(words);
}

/** The orders that bring words (0, 0'), (1, 1') and (2, 2'), (3, 3') next to each other. */
const interleaveLow = floatLanes(0, 4, 1, 5);
const interleaveHigh = floatLanes(2, 6, 3, 7);
