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
import { emitMultiplyAdd } from '../kernels/emit.ts';
import { vectorBytes } from '../kernels/sizes.ts';

/** y ← 2 · x + y for two vectors, the second of x at an address of its own. */
type TwoVectors = (x: number, second: number, y: number) => void;

const memoryBytes = 65_536;

/** Whether V8 packs what it compiles now. It takes some 2 ms. */
export function provesPacking(): boolean {
  const module = new ModuleBuilder({ initial: 1, maximum: 1, shared: false }, '', false);
  emitTwoVectors(module, 'packable', (code, x) => code.get(x).memory('v128.load', vectorBytes));
  // V8 packs two loads only if they have the same local as address
  emitTwoVectors(module, 'separate', (code, _, second) => code.get(second).memory('v128.load'));
  try {
    const { packable, separate } = optimizedCode(module);
    // if it is not seen that separate loads fail in two places, nothing is proven by loads that fail in one
    return failsInOnePlace(packable!) && !failsInOnePlace(separate!);
  } catch {
    return false;
  }
}

function emitTwoVectors(
  module: ModuleBuilder,
  name: string,
  loadSecond: (code: FunctionBuilder, x: Local, second: Local) => void,
): void {
  const code = module.function(name, [['x', 'i32'], ['second', 'i32'], ['y', 'i32']], { export: true }); // prettier-ignore
  const [x, second, y] = [code.parameter(0), code.parameter(1), code.parameter(2)];
  const [low, high] = [code.local('v128', 'low'), code.local('v128', 'high')];
  const emitSum = (vector: Local, offset: number): void => {
    const emitY = (): void => void code.get(y).memory('v128.load', offset);
    emitMultiplyAdd(code, { fma: true, wide: true }, () => code.f32x4(2), () => code.get(vector), emitY); // prettier-ignore
    code.set(vector);
  };
  code.get(x).memory('v128.load').set(low);
  loadSecond(code, x, second);
  code.set(high);
  emitSum(low, 0);
  emitSum(high, vectorBytes);
  code.get(y).get(high).memory('v128.store', vectorBytes);
  code.get(y).get(low).memory('v128.store');
}

/** The functions of a module, compiled by V8's optimizing compiler at once: its quick first code packs nothing. */
function optimizedCode(module: ModuleBuilder): Readonly<Record<string, TwoVectors>> {
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  setFlagsFromString('--no-liftoff');
  try {
    const compiled = new WebAssembly.Module(module.encode());
    const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
    const functions = exports as Record<string, TwoVectors>;
    // V8 compiles a function when it is first called
    for (const run of Object.values(functions)) run(0, vectorBytes, 2 * vectorBytes);
    return functions;
  } finally {
    setFlagsFromString('--liftoff');
  }
}

/** Whether the code fails in the same place with the second vector outside of the memory as with both. */
function failsInOnePlace(run: TwoVectors): boolean {
  const placeOf = (x: number): string => placeOfFailure(() => run(x, x + vectorBytes, 0));
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
