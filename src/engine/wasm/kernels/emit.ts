/**
 * Patterns that all kernels use. A `for` in TypeScript unrolls: it emits its body again and again. `emitLoop…` and
 * `emitRepeat` emit a loop.
 */
import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import type { Target } from './kernel.ts';
import { floatBytes, vectorBytes } from './sizes.ts';

/** Loops while `counter` < `limit` (unsigned), from the value that the counter has; adds `step` after each round. */
export function emitLoopTo(
  code: FunctionBuilder,
  counter: Local,
  limit: Local,
  step: number,
  body: () => void,
): void {
  code.block((done) => {
    code.loop((again) => {
      code.get(counter).get(limit).op('i32.ge_u').br_if(done);
      body();
      emitAdvance(code, counter, step);
      code.br(again);
    });
  });
}

/** Loops while at least `step` is left between `counter` and `limit`. The remainder is for the caller. */
export function emitLoopWhole(
  code: FunctionBuilder,
  counter: Local,
  limit: Local,
  step: number,
  body: () => void,
): void {
  code.block((done) => {
    code.loop((again) => {
      code.get(limit).get(counter).op('i32.sub').i32(step).op('i32.lt_u').br_if(done);
      body();
      emitAdvance(code, counter, step);
      code.br(again);
    });
  });
}

/** Loops a fixed number of times, at least once. */
export function emitRepeat(code: FunctionBuilder, counter: Local, times: number, body: () => void): void {
  if (times === 1) {
    body();
    return;
  }
  code.i32(times).set(counter);
  code.loop((again) => {
    body();
    code.get(counter).i32(1).op('i32.sub').tee(counter).br_if(again);
  });
}

/** local ← from + bytes. */
export function emitPlace(code: FunctionBuilder, local: Local, from: Local, bytes: number): void {
  code.get(from).i32(bytes).op('i32.add').set(local);
}

/** local ← local + bytes. */
export function emitAdvance(code: FunctionBuilder, local: Local, bytes: number): void {
  if (bytes !== 0) code.get(local).i32(bytes).op('i32.add').set(local);
}

/** local ← local + factor · bytes. */
export function emitAdvanceBy(code: FunctionBuilder, local: Local, factor: Local, bytes: number): void {
  code.get(local).get(factor).i32(bytes).op('i32.mul').op('i32.add').set(local);
}

/** Leaves a · b + c on the stack: rounded once with FMA, twice without it. */
export function emitMultiplyAdd(
  code: FunctionBuilder,
  target: Target,
  a: () => void,
  b: () => void,
  c: () => void,
): void {
  if (target.fma) {
    a();
    b();
    c();
    code.op('f32x4.relaxed_madd');
  } else {
    c();
    a();
    b();
    code.op('f32x4.mul').op('f32x4.add');
  }
}

/** Leaves a vector on the stack: `count` (1 to 4) floats from the address on, then zeros. Reads nothing behind them. */
export function emitLoadLanes(code: FunctionBuilder, address: Local, count: number, offset: number): void {
  if (count === 3) {
    code.get(address);
    code.get(address).memory('v128.load64_zero', offset);
    code.memoryLane('v128.load32_lane', 2, offset + 8);
    return;
  }
  const loads = { 1: 'v128.load32_zero', 2: 'v128.load64_zero', 4: 'v128.load' } as const;
  code.get(address).memory(loads[count as 1 | 2 | 4], offset);
}

/** Stores the first `count` (1 to 4) floats of a vector, and nothing behind them. */
export function emitStoreLanes(
  code: FunctionBuilder,
  address: Local,
  value: Local,
  count: number,
  offset: number,
): void {
  code.get(address).get(value);
  if (count === 4) code.memory('v128.store', offset);
  else if (count === 1) code.memoryLane('v128.store32_lane', 0, offset);
  else {
    code.memoryLane('v128.store64_lane', 0, offset);
    if (count === 3)
      code
        .get(address)
        .get(value)
        .memoryLane('v128.store32_lane', 2, offset + 8);
  }
}

/** Where a vector lies from the addresses of its arrays, in bytes, and how many of its lanes hold numbers. */
export interface VectorPlace {
  readonly offset: number;
  readonly lanes: number;
}

/** For each array, neighbouring vectors at these places, into locals by vector and array. */
export function emitLoads(
  code: FunctionBuilder,
  addresses: readonly Local[],
  places: readonly VectorPlace[],
  vectors: readonly (readonly Local[])[],
): void {
  for (const [array, address] of addresses.entries()) {
    for (const [index, { offset, lanes }] of places.entries()) {
      emitLoadLanes(code, address, lanes, offset);
      code.set(vectors[index]![array]!);
    }
  }
}

/**
 * The same the other way. V8 packs two stores only if the upper half comes first, with no other access to memory between: all
 * loads of a round belong before its stores.
 */
export function emitStores(
  code: FunctionBuilder,
  addresses: readonly Local[],
  places: readonly VectorPlace[],
  vectors: readonly (readonly Local[])[],
): void {
  for (const [array, address] of addresses.entries()) {
    for (const [index, { offset, lanes }] of [...places.entries()].toReversed()) {
      emitStoreLanes(code, address, vectors[index]![array]!, lanes, offset);
    }
  }
}

/** A new local with the number at an address in all lanes. */
export function emitSpread(code: FunctionBuilder, address: Local, name: string): Local {
  const local = code.local('v128', name);
  code.get(address).memory('v128.load32_splat').set(local);
  return local;
}

/** Stores zeros from `address`, which moves to `end`. Between the two lies a whole number of floats. */
export function emitZeros(code: FunctionBuilder, address: Local, end: Local): void {
  emitLoopWhole(code, address, end, vectorBytes, () => code.get(address).f32x4(0).memory('v128.store'));
  emitLoopTo(code, address, end, floatBytes, () => code.get(address).f32(0).memory('f32.store'));
}

/** The bytes of some lanes of floats, for `shuffle`. Lanes 0 to 3 are in the first vector, 4 to 7 in the second. */
export function floatLanes(...floats: readonly number[]): number[] {
  return floats.flatMap((lane) => [0, 1, 2, 3].map((byte) => lane * floatBytes + byte));
}

/** `count` new locals for vectors, with numbered names. */
export function vectorLocals(code: FunctionBuilder, name: string, count: number): Local[] {
  return Array.from({ length: count }, (_, index) => code.local('v128', `${name}${index}`));
}
