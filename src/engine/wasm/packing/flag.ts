/**
 * The flag with which V8 packs pairs of 128-bit operations into 256-bit ones. Newer versions have another name for it. V8
 * complains on stderr if it is told a name that it does not have, so no name is told on trial.
 */
const [oldName, newName] = ['experimental-wasm-revectorize', 'wasm-revectorize'];

/** The versions that are known to have the old name: Node 24 to 26. */
const known = { first: [13, 0], last: [14, 6] } as const;

/**
 * @param listFlags lists the flags of a version that is not known, one a line
 * @returns null if V8 has no such flag, or only one that is not safe to use
 */
export function packingFlag(v8: string, listFlags: () => string = flagsOfNode): string | null {
  if (isTooOld(v8)) return null;
  if (!isBefore(known.last, versionOf(v8))) return oldName;
  const flags = listFlags();
  return [newName, oldName].find((name) => flags.includes(`  --${name} (`)) ?? null;
}

/** Whether a version has the flag, but crashes with it on some shuffles, or packs nothing. */
export function isTooOld(v8: string): boolean {
  return isBefore(versionOf(v8), known.first);
}

function versionOf(v8: string): readonly number[] {
  return v8.split('.', 2).map(Number);
}

function isBefore([major, minor]: readonly number[], [otherMajor, otherMinor]: readonly number[]): boolean {
  return major! < otherMajor! || (major === otherMajor && minor! < otherMinor!);
}

/** What `node --v8-options` prints, in about 20 ms. Nothing if this is a program that only has Node built in. */
function flagsOfNode(): string {
  if (!/[/\\]node(\.exe)?$/.test(process.execPath)) return '';
  try {
    return process.getBuiltinModule('node:child_process').execFileSync(process.execPath, ['--v8-options'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return ''; // it may not start processes
  }
}
