import type { Dataset } from './dataset.ts';
import type { Examples } from './examples.ts';
import { sha256 } from './idx/idx.ts';
import { pixelsAt } from './pictures/pixels.ts';

/** An image, and the first one that has the same pixels; positions within train or test. */
export interface Duplicate {
  readonly position: number;
  readonly label: number;
  readonly original: number;
  readonly originalLabel: number;
}

export interface Duplicates {
  /** Training images that are the same as an earlier one. */
  readonly train: readonly Duplicate[];
  /** Test images that are the same as an earlier one. */
  readonly test: readonly Duplicate[];
  /** Test images that are the same as a training image: what they show was learnt by heart, perhaps. */
  readonly across: readonly Duplicate[];
}

/** Finds images that are the same, byte by byte: those whose SHA-256 is. */
export function findDuplicates(
  { train, test }: Pick<Dataset, 'train' | 'test'>,
  onProgress?: (done: number, total: number) => void,
): Duplicates {
  const total = train.labels.size + test.labels.size;
  const inTrain = hashes(train, (done) => onProgress?.(done, total));
  const inTest = hashes(test, (done) => onProgress?.(train.labels.size + done, total));
  const firstInTrain = firsts(inTrain);
  return {
    train: matches(inTrain, train, firstInTrain, train).filter(isCopy),
    test: matches(inTest, test, firsts(inTest), test).filter(isCopy),
    across: matches(inTest, test, firstInTrain, train),
  };
}

/** Those of a different class than the image that they equal. */
export function withDifferentLabel(duplicates: readonly Duplicate[]): Duplicate[] {
  return duplicates.filter(({ label, originalLabel }) => label !== originalLabel);
}

function isCopy({ position, original }: Duplicate): boolean {
  return position !== original;
}

function hashes({ images, labels }: Examples, onDone: (done: number) => void): string[] {
  return Array.from({ length: labels.size }, (_, i) => {
    const hash = sha256(pixelsAt(images, i).data);
    onDone(i + 1);
    return hash;
  });
}

/** The first position of each hash. */
function firsts(hashesInOrder: readonly string[]): Map<string, number> {
  const first = new Map<string, number>();
  for (const [position, hash] of hashesInOrder.entries()) {
    if (!first.has(hash)) first.set(hash, position);
  }
  return first;
}

function matches(
  hashesInOrder: readonly string[],
  examples: Examples,
  originals: ReadonlyMap<string, number>,
  originalExamples: Examples,
): Duplicate[] {
  return hashesInOrder.flatMap((hash, position) => {
    const original = originals.get(hash);
    if (original === undefined) return [];
    const label = examples.labels.values[position]!;
    return [{ position, label, original, originalLabel: originalExamples.labels.values[original]! }];
  });
}
