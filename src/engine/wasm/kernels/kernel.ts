import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import type { ModuleBuilder } from '../assembler/module-builder.ts';

/** What the generated code may use. */
export interface Target {
  /** Relaxed SIMD: one rounding for a·b + c, in one instruction. */
  readonly fma: boolean;
  /** V8 packs pairs of 128-bit operations into one of 256 bits, so tiles are twice as wide. */
  readonly wide: boolean;
}

/**
 * A generated function. Its parameters are addresses in bytes, then `begin` and `end`: the range of items (mostly rows)
 * that a call works on, so that threads can share the work.
 */
export interface Kernel {
  /** States what it computes, its sizes, tile and instructions. Two kernels with the same name are the same code. */
  readonly name: string;
  build(module: ModuleBuilder): FunctionBuilder;
}

/** `fma` and `wide` as they appear in the names of kernels. */
export function targetSuffix({ fma, wide }: Target): string {
  return `${fma ? '_fma' : ''}${wide ? '_256' : ''}`;
}

/** Makes a function with the given address parameters, then `begin` and `end`. */
export function kernelFunction(
  module: ModuleBuilder,
  name: string,
  addresses: readonly string[],
): { code: FunctionBuilder; addresses: Local[]; begin: Local; end: Local } {
  const names = [...addresses, 'begin', 'end'];
  const code = module.function(
    name,
    names.map((parameter) => [parameter, 'i32'] as const),
  );
  const locals = names.map((_, index) => code.parameter(index));
  return { code, addresses: locals.slice(0, -2), begin: locals.at(-2)!, end: locals.at(-1)! };
}
