/** The folder of a run as bytes, to go on with it on another machine. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkpointFile } from './checkpoint.ts';
import { configFile } from './config.ts';
import { csvFile, jsonLinesFile } from './history.ts';
import { bestFile, resultFile } from './weights.ts';

/** What a run needs to go on or to be used. No other names are taken out of a packed run. */
const packedFiles: readonly string[] = [
  configFile,
  csvFile,
  jsonLinesFile,
  bestFile,
  checkpointFile,
  resultFile,
];
const mostAttempts = 20;
const maxHeaderBytes = 65_536;

export interface PackedRun {
  readonly bytes: Uint8Array;
  /** SHA-256 of them, in hexadecimal. */
  readonly checksum: string;
}

/**
 * Packs a run, also while it is written to. A run can go on from its files as they are at any one moment; so they are read until
 * none of them was replaced meanwhile.
 *
 * @returns null if there is no state yet to go on from, or if it was replaced each time
 */
export function packRun(path: string): PackedRun | null {
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const before = stamps(path);
    if (!before.has(configFile) || !before.has(checkpointFile)) return null;
    const contents = [...before.keys()].flatMap((name) => readIfThere(join(path, name)) ?? []);
    if (!areEqual(before, stamps(path)) || contents.length < before.size) continue;
    const header = new TextEncoder().encode(
      JSON.stringify([...before.keys()].map((name, index) => ({ name, bytes: contents[index]!.length }))),
    );
    const bytes = Buffer.concat([Buffer.from(Uint32Array.of(header.length).buffer), header, ...contents]);
    return { bytes, checksum: checksumOf(bytes) };
  }
  return null;
}

/**
 * Makes the folder of a packed run, which must not be there yet.
 *
 * @param data where the data of the run is here; null for that of the package
 * @throws Error in one line if the bytes are not those of a run, or not the ones of the checksum
 */
export function unpackRun(
  { bytes, checksum }: PackedRun,
  path: string,
  { data }: { readonly data: string | null },
): void {
  if (checksumOf(bytes) !== checksum) throw new Error('a packed run has another checksum: it is damaged');
  const files = filesOf(bytes);
  mkdirSync(path, { recursive: true });
  for (const [name, content] of files) {
    writeFileSync(join(path, name), name === configFile ? withPaths(content, data) : content);
  }
}

/** Paths are those of the machine that has packed the run. */
function withPaths(content: Uint8Array, data: string | null): string {
  const configuration = JSON.parse(new TextDecoder().decode(content)) as Record<string, unknown>;
  const table = configuration['table'] as object | undefined;
  const here = { ...configuration, data, init: null, ...(table && { table: { ...table, testData: null } }) };
  return `${JSON.stringify(here, null, 2)}\n`;
}

function filesOf(bytes: Uint8Array): Map<string, Uint8Array> {
  const damaged = (): Error => new Error('a packed run is damaged');
  if (bytes.length < 4) throw damaged();
  const headerBytes = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (headerBytes > maxHeaderBytes || 4 + headerBytes > bytes.length) throw damaged();
  let header: readonly { readonly name: unknown; readonly bytes: unknown }[];
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + headerBytes))) as typeof header;
  } catch (error) {
    throw new Error('a packed run is damaged', { cause: error });
  }
  if (!Array.isArray(header)) throw damaged();
  const files = new Map<string, Uint8Array>();
  let at = 4 + headerBytes;
  for (const { name, bytes: size } of header as readonly Record<string, unknown>[]) {
    if (typeof name !== 'string' || !packedFiles.includes(name) || files.has(name)) {
      throw new Error(`a packed run has a file that is none of a run: ${JSON.stringify(name)}`);
    }
    if (!Number.isSafeInteger(size) || (size as number) < 0 || at + (size as number) > bytes.length)
      throw damaged();
    files.set(name, bytes.subarray(at, at + (size as number)));
    at += size as number;
  }
  if (at !== bytes.length || !files.has(configFile)) throw damaged();
  return files;
}

/** Each file is replaced as a whole, or grows: then its stamp is another one. */
function stamps(path: string): Map<string, string> {
  return new Map(
    packedFiles.flatMap((name): [string, string][] => {
      const status = statSync(join(path, name), { throwIfNoEntry: false, bigint: true });
      return status ? [[name, `${status.ino} ${status.mtimeNs} ${status.size}`]] : [];
    }),
  );
}

function areEqual(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([name, stamp]) => b.get(name) === stamp);
}

function readIfThere(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}

function checksumOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
