/** Vectors of 256 bits: V8 packs pairs of 128-bit operations where it is told to, if it can. That it does is proven. */
import { inNode } from '../../node.ts';
import { isTooOld, packingFlag } from './flag.ts';
import { provesPacking } from './proof.ts';

interface Packing {
  /** Why V8 cannot pack here; null where it should. */
  readonly reason: string | null;
  /** The name of the flag that switches it; null where nothing can be packed. */
  readonly flag: string | null;
}

interface Surroundings {
  /** The version of V8; null in a page, which cannot set flags. */
  readonly v8?: string | null;
  readonly arch?: string;
  readonly avx2?: () => boolean;
  readonly flagOf?: (v8: string) => string | null;
}

let expected: Packing | null = null;
let proven: Promise<string | null> | null = null;

/** Why V8 does not pack 128-bit operations into 256-bit ones here; null where it is proven that it does. */
export function narrowReason(): Promise<string | null> {
  proven ??= prove();
  return proven;
}

/**
 * Switches V8's packing on or off, for the whole process. It has an effect on modules that are compiled later, but not
 * on bytes that V8 has compiled before: it keeps their code. Call `narrowReason` first, which needs the flag for itself.
 */
export function setRevectorize(on: boolean): void {
  expected ??= expectPacking();
  if (expected.flag === null) return;
  process.getBuiltinModule('node:v8').setFlagsFromString(`--${on ? '' : 'no-'}${expected.flag}`);
}

async function prove(): Promise<string | null> {
  expected ??= expectPacking();
  if (expected.reason !== null) return expected.reason;
  setRevectorize(true);
  if (await provesPacking()) return null;
  setRevectorize(false);
  return `V8 ${shortVersion(process.versions.v8)} packs nothing into 256 here`;
}

/** Whether V8 should pack, by what is known without a proof. */
export function expectPacking({
  v8 = inNode ? process.versions.v8 : null,
  arch = inNode ? process.arch : '',
  avx2 = hasAvx2,
  flagOf = packingFlag,
}: Surroundings = {}): Packing {
  const never = (reason: string): Packing => ({ reason, flag: null });
  if (v8 === null) return never('a page cannot have 256');
  if (isTooOld(v8)) return never(`256 need Node 24 or later: this is V8 ${shortVersion(v8)}`);
  if (arch !== 'x64') return never('256 need an x64 processor');
  if (!avx2()) return never('256 need a processor with AVX2');
  const flag = flagOf(v8);
  return flag === null ? never(`V8 ${shortVersion(v8)} has no flag for 256`) : { reason: null, flag };
}

function shortVersion(v8: string): string {
  return v8.split('.', 2).join('.');
}

/** V8 packs only on processors with AVX2. Linux says whether this one has it; elsewhere the proof shows it. */
function hasAvx2(): boolean {
  if (process.platform !== 'linux') return true;
  try {
    return /\bavx2\b/.test(process.getBuiltinModule('node:fs').readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return true;
  }
}
