import { inNode } from '../node.ts';
import { ModuleBuilder } from './assembler/module-builder.ts';

/** What WebAssembly can do on this machine. It is found out by validating small modules, never assumed. */
export interface Features {
  /** 128-bit vectors: without them the engine does not run. */
  readonly simd: boolean;
  /** Relaxed SIMD: multiply-add with one rounding. */
  readonly relaxedSimd: boolean;
  /** Several threads can share a memory; the engine uses Node's threads. */
  readonly sharedMemory: boolean;
  /** V8 can pack pairs of 128-bit operations into 256-bit ones (flag `--experimental-wasm-revectorize`). */
  readonly revectorize: boolean;
}

/** Older versions of V8 have the flag too, but crash on some shuffles or pack nothing. */
const firstGoodV8 = 13;

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
    revectorize: narrowReason() === null,
  };
}

interface Surroundings {
  readonly host?: 'node' | 'page';
  readonly hasSharedMemory?: boolean;
}

/** Why the engine runs on one thread here; null where it can run on several. */
export function oneThreadReason({
  host = inNode ? 'node' : 'page',
  // a page has it, if it is isolated from other sites
  hasSharedMemory = typeof SharedArrayBuffer === 'function',
}: Surroundings = {}): string | null {
  if (host === 'page') return 'the engine has no workers in a web page yet';
  return hasSharedMemory ? null : 'no shared memory here';
}

function validates(build: (module: ModuleBuilder) => void): boolean {
  const module = new ModuleBuilder(null);
  build(module);
  return WebAssembly.validate(module.encode());
}

interface Processor {
  /** The version of V8; undefined in a page, which cannot set flags. */
  readonly v8?: string | undefined;
  readonly arch?: string;
  readonly avx2?: () => boolean;
}

/** Why V8 cannot pack 128-bit operations into 256-bit ones here; null where it can. */
export function narrowReason({
  v8 = inNode ? process.versions.v8 : undefined,
  arch = inNode ? process.arch : '',
  avx2 = hasAvx2,
}: Processor = {}): string | null {
  if (v8 === undefined) return 'a page cannot have 256';
  if (Number.parseInt(v8, 10) < firstGoodV8) {
    return `256 need Node 24 or later: this is V8 ${v8.split('.', 2).join('.')}`;
  }
  if (arch !== 'x64') return '256 need an x64 processor';
  return avx2() ? null : '256 need a processor with AVX2';
}

/**
 * V8 packs only on processors with AVX2. Linux says whether this one has it; elsewhere it is assumed of every x64
 * processor.
 */
function hasAvx2(): boolean {
  if (process.platform !== 'linux') return true;
  try {
    return /\bavx2\b/.test(process.getBuiltinModule('node:fs').readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return true;
  }
}

/**
 * Switches V8's packing on or off, for the whole process. It has an effect on modules that are compiled later, but not
 * on bytes that V8 has compiled before: it keeps their code.
 */
export function setRevectorize(on: boolean): void {
  if (!inNode) return;
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  setFlagsFromString(`--${on ? '' : 'no-'}experimental-wasm-revectorize`);
}
