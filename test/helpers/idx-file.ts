import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { RandomStream } from '../../src/tensor/random.ts';

/** An empty folder for one test; `remove` deletes it. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'weft-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The bytes of an IDX file. `type` 8 means unsigned bytes. */
export function idxBytes(shape: readonly number[], values: Uint8Array, type = 8): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header[2] = type;
  header[3] = shape.length;
  for (const [axis, size] of shape.entries()) header.writeUInt32BE(size, 4 + 4 * axis);
  return Buffer.concat([header, values]);
}

const side = 6;

/**
 * Writes a small data set that a network can learn: 6×6 images in ten classes, each class with a bright
 * stripe of its own and noise around it.
 */
export function writeTinyDataset(folder: string, trainCount = 300, testCount = 50): void {
  for (const [part, count] of [
    ['train', trainCount],
    ['t10k', testCount],
  ] as const) {
    const random = new RandomStream(4, part);
    const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
    const images = new Uint8Array(count * side * side);
    for (let i = 0; i < images.length; i++) {
      const pixel = i % (side * side);
      const label = labels[Math.floor(i / (side * side))]!;
      images[i] = Math.floor(random.uniform(i) * 100) + (Math.floor(pixel / 3) === label ? 150 : 0);
    }
    const imageFile = idxBytes([count, side, side], images);
    writeFileSync(join(folder, `${part}-images-idx3-ubyte.gz`), gzipSync(imageFile));
    writeFileSync(join(folder, `${part}-labels-idx1-ubyte`), idxBytes([count], labels));
  }
}
