import { inNode } from '../node.ts';
import { ModuleBuilder } from './assembler/module-builder.ts';

/** What WebAssembly can do on this machine. It is found out by validating small modules, never assumed. */
export interface Features {
  /** 128-bit vectors: without them the engine does not run. */
  readonly simd: boolean;
  /** Relaxed SIMD: multiply-add with one rounding. */
  readonly relaxedSimd: boolean;
  /** Several threads can share a memory. */
  readonly sharedMemory: boolean;
}

export function probeFeatures(): Features {
  return {
    simd: validates((module) => {
      const code = module.function('f', [['x', 'v128']], { results: ['v128'] });
      code.get(code.parameter(0)).get(code.parameter(0)).op('f32x4.add');
    }),
    relaxedSimd: validates((module) => {
      const code = module.function('f', [['x', 'v128']], { results: ['v128'] });
      const x = code.parameter(0);
      code.get(x).get(x).get(x).op('f32x4.relaxed_madd');
    }),
    sharedMemory: oneThreadReason() === null,
  };
}

interface Surroundings {
  readonly host?: 'node' | 'page';
  readonly hasSharedMemory?: boolean;
  readonly hasWorkers?: boolean;
}

/** Why the engine runs on one thread here; null where it can run on several. */
export function oneThreadReason({
  host = inNode ? 'node' : 'page',
  // a page has it, if it is isolated from other sites
  hasSharedMemory = typeof SharedArrayBuffer === 'function',
  hasWorkers = inNode || typeof Worker === 'function',
}: Surroundings = {}): string | null {
  if (!hasSharedMemory) {
    return host === 'page'
      ? 'the page is not isolated: its server sends no COOP and COEP headers'
      : 'no shared memory here';
  }
  return hasWorkers ? null : 'this browser has no workers in workers';
}

function validates(build: (module: ModuleBuilder) => void): boolean {
  const module = new ModuleBuilder(null);
  build(module);
  return WebAssembly.validate(module.encode());
}
