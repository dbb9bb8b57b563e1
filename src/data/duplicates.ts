import type { ImageDataset } from './dataset.ts';
import type { LabelledImages } from './examples.ts';
import { sha256 } from './idx/idx.ts';
import { pixelsAt } from './pictures/pixels.ts';

/** An image, and the first image with the same pixels. Both are named by their positions within train or test. */
export interface Duplicate {
  readonly position: number;
  readonly label: number;
  readonly original: number;
  readonly originalLabel: number;
}

export interface Duplicates {
  /** Training images that equal an earlier training image. */
  readonly train: readonly Duplicate[];
  /** Test images that equal an earlier test image. */
  readonly test: readonly Duplicate[];
  /** Test images that equal a training image: the network may have memorized them. */
  readonly across: readonly Duplicate[];
}

/** Finds images with the same bytes, by their SHA-256. */
export function findDuplicates(
  { train, test }: Pick<ImageDataset, 'train' | 'test'>,
  onProgress?: (done: number, total: number) => void,
): Duplicates {
  const total = train.y.size + test.y.size;
  const inTrain = hashes(train, (done) => onProgress?.(done, total));
  const inTest = hashes(test, (done) => onProgress?.(train.y.size + done, total));
  const firstInTrain = firsts(inTrain);
  return {
    train: matches(inTrain, train, firstInTrain, train).filter(isCopy),
    test: matches(inTest, test, firsts(inTest), test).filter(isCopy),
    across: matches(inTest, test, firstInTrain, train),
  };
}

/** The duplicates whose class differs from that of the image that they equal. */
export function withDifferentLabel(duplicates: readonly Duplicate[]): Duplicate[] {
  return duplicates.filter(({ label, originalLabel }) => label !== originalLabel);
}

function isCopy({ position, original }: Duplicate): boolean {
  return position !== original;
}

function hashes({ x: images, y: labels }: LabelledImages, onDone: (done: number) => void): string[] {
  return Array.from({ length: labels.size }, (_, i) => {
    const hash = sha256(pixelsAt(images, i).data);
    onDone(i + 1);
    return hash;
  });
}

/** The first position at which each hash occurs. */
function firsts(hashesInOrder: readonly string[]): Map<string, number> {
  const first = new Map<string, number>();
  for (const [position, hash] of hashesInOrder.entries()) {
    if (!first.has(hash)) first.set(hash, position);
  }
  return first;
}

function matches(
  hashesInOrder: readonly string[],
  examples: LabelledImages,
  originals: ReadonlyMap<string, number>,
  originalExamples: LabelledImages,
): Duplicate[] {
  return hashesInOrder.flatMap((hash, position) => {
    const original = originals.get(hash);
    if (original === undefined) return [];
    const label = examples.y.values[position]!;
    return [{ position, label, original, originalLabel: originalExamples.y.values[original]! }];
  });
}
