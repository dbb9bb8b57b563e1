/** Vectors of 256 bits: V8 packs pairs of 128-bit operations where it is told to, if it can. That it does is proven. */
import { inNode } from '../../node.ts';
import { packingFlag } from './flag.ts';
import { provesPacking } from './proof.ts';

interface Packing {
  /** Why there are no 256 bits here; null where V8 packs. */
  readonly reason: string | null;
  /** The name of the flag that switches it; null where nothing can be packed. */
  readonly flag: string | null;
}

let known: Packing | null = null;

/** Why V8 does not pack 128-bit operations into 256-bit ones here; null where it does. */
export function narrowReason(): string | null {
  return packing().reason;
}

/**
 * Switches V8's packing on or off, for the whole process. It has an effect on modules that are compiled later, but not
 * on bytes that V8 has compiled before: it keeps their code.
 */
export function setRevectorize(on: boolean): void {
  const { flag } = packing();
  if (flag !== null) setFlag(flag, on);
}

function packing(): Packing {
  known ??= probePacking();
  return known;
}

interface Surroundings {
  /** The version of V8; null in a page, which cannot set flags. */
  readonly v8?: string | null;
  readonly arch?: string;
  readonly avx2?: () => boolean;
  readonly flagOf?: (v8: string) => string | null;
  readonly packsWith?: (flag: string) => boolean;
}

/** Exported for its test; the others ask `narrowReason`, which remembers the answer. */
export function probePacking({
  v8 = inNode ? process.versions.v8 : null,
  arch = inNode ? process.arch : '',
  avx2 = hasAvx2,
  flagOf = packingFlag,
  packsWith = packsWithFlag,
}: Surroundings = {}): Packing {
  const never = (reason: string): Packing => ({ reason, flag: null });
  if (v8 === null) return never('a page cannot have 256');
  const version = v8.split('.', 2).join('.');
  if (Number.parseInt(version, 10) < 13) return never(`256 need Node 24 or later: this is V8 ${version}`);
  if (arch !== 'x64') return never('256 need an x64 processor');
  if (!avx2()) return never('256 need a processor with AVX2');
  const flag = flagOf(v8);
  if (flag === null) return never(`V8 ${version} has no flag for 256`);
  return packsWith(flag) ? { reason: null, flag } : never(`V8 ${version} packs nothing into 256 here`);
}

/** @returns whether V8 packs once the flag is set; if not, it is taken back */
function packsWithFlag(flag: string): boolean {
  setFlag(flag, true);
  const packs = provesPacking();
  if (!packs) setFlag(flag, false);
  return packs;
}

function setFlag(flag: string, on: boolean): void {
  process.getBuiltinModule('node:v8').setFlagsFromString(`--${on ? '' : 'no-'}${flag}`);
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
