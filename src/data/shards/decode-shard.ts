import { type Shape, sizeOf } from '../../tensor/shape.ts';
import { type Shard, ShardError } from './manifest.ts';
import { hexSha256 } from './sha256.ts';

export interface ShardImages {
  /** uint8 [count · height · width · channels]. */
  readonly images: Uint8Array;
  /** uint8 [count]. */
  readonly labels: Uint8Array;
}

/**
 * The images of a shard. A server that says `Content-Encoding: gzip` has let the browser inflate it already; so both are taken.
 *
 * @param bytes as they were fetched
 * @param source where they come from, for messages
 * @throws ShardError in one line if they are not what the manifest says
 */
export async function decodeShard(
  bytes: Uint8Array<ArrayBuffer>,
  { count, sha256 }: Shard,
  imageShape: Shape,
  source: string,
): Promise<ShardImages> {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const content = isGzip ? await inflated(bytes, source) : bytes;
  const pixels = count * sizeOf(imageShape);
  if (content.length !== pixels + count) {
    throw new ShardError(`${source}: expected ${pixels + count} bytes, got ${content.length}: it is damaged`);
  }
  if (canCheck() && (await hexSha256(content)) !== sha256) {
    throw new ShardError(
      `${source}: its SHA-256 is not that of the index: it is damaged, or of another version`,
    );
  }
  return { images: content.subarray(0, pixels), labels: content.subarray(pixels) };
}

/** Whether checksums can be computed here: not in a page that came by plain http from another machine. */
export function canCheck(): boolean {
  return typeof crypto === 'object' && (crypto.subtle as SubtleCrypto | undefined) !== undefined;
}

async function inflated(bytes: Uint8Array<ArrayBuffer>, source: string): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  try {
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch (error) {
    throw new ShardError(`${source}: it cannot be inflated: it is damaged`, { cause: error });
  }
}
