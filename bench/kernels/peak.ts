import { ModuleBuilder } from '../../src/engine/wasm/assembler/module-builder.ts';
import { emitRepeat, vectorLocals } from '../../src/engine/wasm/kernels/emit.ts';
import { vectorBytes } from '../../src/engine/wasm/kernels/sizes.ts';
import type { Target } from '../../src/engine/wasm/kernels/kernel.ts';

/** Independent sums: more than the latency (4 cycles) × the multiply-adds that start in a cycle (2). */
const chains = 24;
const rounds = 4096;
const lanes = 4;

/**
 * The peak of one thread, in GFLOP/s: multiply-adds on registers alone, without a load or store in the loop. No kernel can be
 * faster; the difference is the cost of memory.
 */
export function measurePeak(target: Target): number {
  const module = new ModuleBuilder({ initial: 1, maximum: 1, shared: true }, `peak ${target.wide}`);
  const code = module.function('peak', [], { export: true });
  const sums = vectorLocals(code, 'sum', chains);
  const [factor, address, counter] = [
    code.local('v128', 'factor'),
    code.local('i32', 'address'),
    code.local('i32', 'counter'),
  ];
  code.get(address).memory('v128.load32_splat').set(factor);
  for (const sum of sums) code.f32x4(0).set(sum);
  emitRepeat(code, counter, rounds, () => {
    for (const sum of sums) {
      if (target.fma) code.get(sum).get(factor).get(factor).op('f32x4.relaxed_madd').set(sum);
      else code.get(sum).get(factor).op('f32x4.mul').get(factor).op('f32x4.add').set(sum);
    }
  });
  // V8 packs pairs of stores with their operands; without stores it would drop the sums
  for (let pair = 0; pair < chains; pair += 2) {
    for (const index of [pair + 1, pair]) {
      code
        .get(address)
        .get(sums[index]!)
        .memory('v128.store', index * vectorBytes);
    }
  }
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.encode()), { env: { memory } });
  const peak = exports['peak'] as () => void;
  const flops = 2 * chains * lanes * rounds;
  for (let warm = 0; warm < 2000; warm++) peak();
  let best = 0;
  for (let sample = 0; sample < 40; sample++) {
    const start = performance.now();
    for (let call = 0; call < 20; call++) peak();
    best = Math.max(best, (20 * flops) / (performance.now() - start) / 1e6);
  }
  return best;
}
