import type { ModuleBuilder } from '../assembler/module-builder.ts';
import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import {
  emitAdvance,
  emitAdvanceBy,
  emitLoadLanes,
  emitLoopTo,
  emitRepeat,
  emitStoreLanes,
  vectorLocals,
} from './emit.ts';
import { type Kernel, kernelFunction } from './kernel.ts';
import { emitExp, emitLog } from './math.ts';
import { floatBytes, lanes, vectorBytes } from './sizes.ts';

/** The value of lanes that hold no logit: it is never the maximum, and its exp is 0. */
const nothing = -Infinity;

/**
 * probabilities = softmax(logits), for each row of `classes`; see reference/softmax-cross-entropy.ts. The items are
 * rows.
 */
export function softmaxKernel(classes: number): Kernel {
  const name = `softmax_${classes}`;
  return {
    name,
    build(module) {
      const { code, addresses, begin, end } = kernelFunction(module, name, ['logits', 'probabilities']);
      const row = new RowEmitter(code, classes);
      const pointers = addresses as [Local, Local];
      for (const pointer of pointers) emitAdvanceBy(code, pointer, begin, classes * floatBytes);
      emitLoopTo(code, begin, end, 1, () => {
        row.emitMaximum(pointers[0]);
        row.emitProbabilities(...pointers);
        for (const pointer of pointers) emitAdvance(code, pointer, classes * floatBytes);
      });
      return code;
    },
  };
}

/**
 * The same probabilities, and losses = max − logit of the label + log Σ exp(logit − max). With label smoothing α
 * the first difference becomes (1 − α)·(max − logit of the label) + (α / classes)·Σ (max − logit).
 */
export function softmaxCrossEntropyKernel(classes: number, labelSmoothing = 0): Kernel {
  const name = `softmaxCrossEntropy_${classes}${smoothingSuffix(labelSmoothing)}`;
  return {
    name,
    build(module) {
      const names = ['logits', 'labels', 'losses', 'probabilities'];
      const { code, addresses, begin, end } = kernelFunction(module, name, names);
      const [logits, labels, losses, probabilities] = addresses as [Local, Local, Local, Local];
      const row = new RowEmitter(code, classes);
      const logSum = code.local('v128', 'log_sum');
      const scratch = code.local('v128', 'scratch');
      const spread = labelSmoothing > 0 ? code.local('v128', 'spread') : null;
      emitAdvanceBy(code, logits, begin, classes * floatBytes);
      emitAdvanceBy(code, probabilities, begin, classes * floatBytes);
      emitAdvanceBy(code, labels, begin, floatBytes);
      emitAdvanceBy(code, losses, begin, floatBytes);
      emitLoopTo(code, begin, end, 1, () => {
        row.emitMaximum(logits);
        row.emitProbabilities(logits, probabilities);
        if (spread) row.emitSumBelowMaximum(logits, spread);
        emitLog(code, row.sum, logSum, scratch);
        // (maximum − logit of the label) + log Σ: where the label is likely, no large numbers cancel
        code.get(losses).get(row.maximum).lane('f32x4.extract_lane', 0);
        code.get(logits).get(labels).memory('i32.load').i32(floatBytes).op('i32.mul').op('i32.add');
        code.memory('f32.load').op('f32.sub');
        if (spread) {
          code.f32(1 - labelSmoothing).op('f32.mul');
          code
            .get(spread)
            .lane('f32x4.extract_lane', 0)
            .f32(labelSmoothing / classes)
            .op('f32.mul');
          code.op('f32.add');
        }
        code.get(logSum).lane('f32x4.extract_lane', 0).op('f32.add').memory('f32.store');
        for (const pointer of [logits, probabilities]) emitAdvance(code, pointer, classes * floatBytes);
        for (const pointer of [labels, losses]) emitAdvance(code, pointer, floatBytes);
      });
      return code;
    },
  };
}

/** dLogits = (probabilities − (1 − α)·onehot(labels) − α / classes) / rows, with label smoothing α. */
export function softmaxCrossEntropyBackwardKernel(classes: number, rows: number, labelSmoothing = 0): Kernel {
  const name = `softmaxCrossEntropyBackward_${classes}_of_${rows}${smoothingSuffix(labelSmoothing)}`;
  return {
    name,
    build(module: ModuleBuilder): FunctionBuilder {
      const { code, addresses, begin, end } = kernelFunction(module, name, [
        'probabilities',
        'labels',
        'dLogits',
      ]);
      const [probabilities, labels, dLogits] = addresses as [Local, Local, Local];
      const column = code.local('i32', 'column');
      const classCount = code.local('i32', 'classes');
      code.i32(classes).set(classCount);
      for (const pointer of [probabilities, dLogits])
        emitAdvanceBy(code, pointer, begin, classes * floatBytes);
      emitAdvanceBy(code, labels, begin, floatBytes);
      emitLoopTo(code, begin, end, 1, () => {
        code.i32(0).set(column);
        emitLoopTo(code, column, classCount, 1, () => {
          code.get(dLogits).get(probabilities).memory('f32.load');
          code.get(column).get(labels).memory('i32.load').op('i32.eq').op('f32.convert_i32_u');
          if (labelSmoothing > 0) code.f32(1 - labelSmoothing).op('f32.mul');
          code.op('f32.sub');
          if (labelSmoothing > 0) code.f32(labelSmoothing / classes).op('f32.sub');
          code.f32(rows).op('f32.div').memory('f32.store');
          for (const pointer of [probabilities, dLogits]) emitAdvance(code, pointer, floatBytes);
        });
        emitAdvance(code, labels, floatBytes);
      });
      return code;
    },
  };
}

function smoothingSuffix(labelSmoothing: number): string {
  return labelSmoothing === 0 ? '' : `_smoothing_${labelSmoothing}`;
}

/** Code for one row, four classes at a time. */
class RowEmitter {
  /** The row's largest logit, and Σ exp(logit − maximum), each in all four lanes. */
  readonly maximum: Local;
  readonly sum: Local;
  readonly #code: FunctionBuilder;
  readonly #vectors: number;
  readonly #rest: number;
  readonly #logits: Local;
  readonly #exp: Local;
  readonly #scratch: Local;
  readonly #from: Local;
  readonly #to: Local;
  readonly #counter: Local;

  constructor(code: FunctionBuilder, classes: number) {
    this.#code = code;
    this.#vectors = Math.floor(classes / lanes);
    this.#rest = classes % lanes;
    [this.maximum, this.sum, this.#logits, this.#exp, this.#scratch] = vectorLocals(code, 'softmax', 5) as [
      Local,
      Local,
      Local,
      Local,
      Local,
    ];
    this.#from = code.local('i32', 'from');
    this.#to = code.local('i32', 'to');
    this.#counter = code.local('i32', 'counter');
  }

  emitMaximum(logits: Local): void {
    const code = this.#code;
    code.f32x4(nothing).set(this.maximum);
    this.#emitEach(logits, null, () =>
      code.get(this.maximum).get(this.#logits).op('f32x4.max').set(this.maximum),
    );
    this.#emitAcross(this.maximum, 'f32x4.max');
  }

  /** Computes exp(logit − maximum) and their sum, then divides each by the sum. */
  emitProbabilities(logits: Local, probabilities: Local): void {
    const code = this.#code;
    code.f32x4(0).set(this.sum);
    this.#emitEach(logits, probabilities, (count) => {
      code.get(this.#logits).get(this.maximum).op('f32x4.sub').set(this.#logits);
      emitExp(code, this.#logits, this.#exp, this.#scratch);
      code.get(this.sum).get(this.#exp).op('f32x4.add').set(this.sum);
      emitStoreLanes(code, this.#to, this.#exp, count, 0);
    });
    this.#emitAcross(this.sum, 'f32x4.add');
    this.#emitEach(probabilities, probabilities, (count) => {
      code.get(this.#logits).get(this.sum).op('f32x4.div').set(this.#exp);
      emitStoreLanes(code, this.#to, this.#exp, count, 0);
    });
  }

  /** All four lanes of `sum` ← Σ (maximum − logit). */
  emitSumBelowMaximum(logits: Local, sum: Local): void {
    const code = this.#code;
    code.f32x4(0).set(sum);
    this.#emitEach(logits, null, (count) => {
      code.get(sum).get(this.maximum).get(this.#logits).op('f32x4.sub');
      if (count < lanes) code.i32x4(...maskOf(count)).op('v128.and'); // without the lanes that hold no logit
      code.op('f32x4.add').set(sum);
    });
    this.#emitAcross(sum, 'f32x4.add');
  }

  /** Loads the row, four floats at a time. Lanes behind its end hold −∞. */
  #emitEach(from: Local, to: Local | null, body: (count: number) => void): void {
    const code = this.#code;
    code.get(from).set(this.#from);
    if (to) code.get(to).set(this.#to);
    if (this.#vectors > 0) {
      emitRepeat(code, this.#counter, this.#vectors, () => {
        code.get(this.#from).memory('v128.load').set(this.#logits);
        body(lanes);
        emitAdvance(code, this.#from, vectorBytes);
        if (to) emitAdvance(code, this.#to, vectorBytes);
      });
    }
    if (this.#rest > 0) {
      emitLoadLanes(code, this.#from, this.#rest, 0);
      code
        .f32x4(nothing)
        .i32x4(...maskOf(this.#rest))
        .op('v128.bitselect')
        .set(this.#logits);
      body(this.#rest);
    }
  }

  /** Combines the four lanes. All of them get the result. */
  #emitAcross(vector: Local, combine: 'f32x4.max' | 'f32x4.add'): void {
    const code = this.#code;
    for (const order of [swapHalves, swapNeighbours]) {
      code.get(vector).get(vector).get(vector).shuffle(order).op(combine).set(vector);
    }
  }
}

/** All bits set in the first `count` of four lanes. */
function maskOf(count: number): [number, number, number, number] {
  return [0, 1, 2, 3].map((lane) => (lane < count ? -1 : 0)) as [number, number, number, number];
}

const swapHalves = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];
const swapNeighbours = [4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11];
