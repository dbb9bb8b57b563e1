/**
 * Proves that V8 packs, without a clock: by the place where code fails that leaves its memory.
 *
 *       memory ──────┐ its end    Two vectors are loaded, at x and at x + 16. The second is outside of the memory.
 *         ┌──────────┼──────────┐ Two loads of 128 bits: the first works, the second fails.
 *         │  first   │  second  │ One load of 256 bits, in the place of the first: the first fails.
 *         └──────────┴──────────┘
 *         x        x + 16         The stack of the error says which load it was.
 */
import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import { ModuleBuilder } from '../assembler/module-builder.ts';
import { emitLoopTo, emitMultiplyAdd } from '../kernels/emit.ts';
import { vectorBytes } from '../kernels/sizes.ts';

/** y ← 2 · x + y for two vectors, so many times. The second vector of x has an address of its own. */
type TwoVectors = (x: number, second: number, y: number, times: number) => void;

const memoryBytes = 65_536;

/**
 * V8 packs only when it optimizes a function, which it does once the function has run for a while. There is a flag that
 * makes it optimize at once, but V8 crashes now and then if that changes while it compiles another module.
 */
const timesAtOnce = 20_000;
/**
 * V8 optimizes on another thread, in about five rounds of a millisecond. Rounds are counted, since all take longer where
 * other programs have the cores.
 */
const mostRounds = 1000;

/** Whether V8 packs what it compiles meanwhile. A yes takes some 10 ms, a no about two seconds. */
export async function provesPacking(): Promise<boolean> {
  const module = new ModuleBuilder({ initial: 1, maximum: 1, shared: false }, '', false);
  emitTwoVectors(module, 'packable', (code, x) => code.get(x).memory('v128.load', vectorBytes));
  // V8 makes one load of two only if they have the same local as address
  emitTwoVectors(module, 'separate', (code, _, second) => code.get(second).memory('v128.load'));
  try {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
    const { instance } = await WebAssembly.instantiate(module.encode(), { env: { memory } });
    const { packable, separate } = instance.exports as Readonly<Record<string, TwoVectors>>;
    // if it is not seen that separate loads fail in two places, nothing is proven by loads that fail in one
    if (failsInOnePlace(separate!)) return false;
    for (let round = 0; !failsInOnePlace(packable!); round++) {
      if (round === mostRounds) return false;
      packable!(0, vectorBytes, 2 * vectorBytes, timesAtOnce);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return true;
  } catch {
    return false;
  }
}

function emitTwoVectors(
  module: ModuleBuilder,
  name: string,
  loadSecond: (code: FunctionBuilder, x: Local, second: Local) => void,
): void {
  const parameters = ['x', 'second', 'y', 'times'].map((parameter) => [parameter, 'i32'] as const);
  const code = module.function(name, parameters, { export: true });
  const [x, second, y, times] = parameters.map((_, index) => code.parameter(index)) as [
    Local,
    Local,
    Local,
    Local,
  ];
  const [low, high] = [code.local('v128', 'low'), code.local('v128', 'high')];
  const done = code.local('i32', 'done');
  const emitSum = (vector: Local, offset: number): void => {
    const emitY = (): void => void code.get(y).memory('v128.load', offset);
    emitMultiplyAdd(
      code,
      { fma: true, wide: true },
      () => code.f32x4(2),
      () => code.get(vector),
      emitY,
    );
    code.set(vector);
  };
  emitLoopTo(code, done, times, 1, () => {
    code.get(x).memory('v128.load').set(low);
    loadSecond(code, x, second);
    code.set(high);
    emitSum(low, 0);
    emitSum(high, vectorBytes);
    code.get(y).get(high).memory('v128.store', vectorBytes);
    code.get(y).get(low).memory('v128.store');
  });
}

/** Whether the code fails in the same place with the second vector outside of the memory as with both. */
function failsInOnePlace(run: TwoVectors): boolean {
  const placeOf = (x: number): string => placeOfFailure(() => run(x, x + vectorBytes, 0, 1));
  return placeOf(memoryBytes - vectorBytes) === placeOf(memoryBytes);
}

/** The offset of the instruction that fails, as the stack of the error shows it. */
function placeOfFailure(run: () => void): string {
  // a program may have set both, so that stacks have another form or no place
  const before = Object.fromEntries(
    ['stackTraceLimit', 'prepareStackTrace'].map((name) => [name, Reflect.get(Error, name) as unknown]),
  );
  Object.assign(Error, { stackTraceLimit: 1, prepareStackTrace: undefined });
  try {
    run();
  } catch (error) {
    const place = /:wasm-function\[\d+\]:(0x[0-9a-f]+)/.exec(String((error as Error).stack));
    if (place !== null) return place[1]!;
  } finally {
    Object.assign(Error, before);
  }
  throw new Error('the stack does not say where the code failed');
}
