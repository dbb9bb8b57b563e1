import { deflateSync, inflateSync } from 'node:zlib';
import { decodeImage } from '../../../src/data/pictures/image-file.ts';
import { jpegFile, jpegOf, jpegSegments, progressiveJpeg } from '../../helpers/jpeg-file.ts';
import { pngChunk, pngFile, pngSignature } from '../../helpers/png-file.ts';
import type { Dice } from './dice.ts';
import { mutateBytes, mutateList, splice } from './mutate-bytes.ts';
import type { ReaderCase } from './reader-case.ts';

const [width, height] = [13, 11];

/** Rows of pixels in which every filter occurs. */
function rows(bytesPerRow: number, count: number): Buffer {
  return Buffer.from(
    Array.from({ length: count }, (_, y) => [
      y % 5,
      ...Array.from({ length: bytesPerRow }, (__, x) => (x * y) & 255),
    ]).flat(),
  );
}

/** The rows of the seven passes of 13×11 pixels, by hand: columns and rows of each. */
const passes = [
  [2, 2],
  [2, 2],
  [4, 1],
  [3, 3],
  [7, 3],
  [6, 6],
  [13, 5],
] as const;
const interlaced = Buffer.concat(passes.map(([columns, count]) => rows(columns, count)));
const palette = pngChunk('PLTE', Buffer.from(Array.from({ length: 3 * 256 }, (_, i) => i & 255)));

const pngs: readonly Buffer[] = [
  pngFile({ width, height }, rows(13, 11)),
  pngFile({ width, height, depth: 1 }, rows(2, 11)),
  pngFile({ width, height, colourType: 2 }, rows(39, 11)),
  pngFile({ width, height, colourType: 3 }, rows(13, 11), palette, pngChunk('tRNS', Buffer.alloc(9))),
  pngFile({ width, height, depth: 16, colourType: 6 }, rows(104, 11)),
  pngFile({ width, height, colourType: 4 }, rows(26, 11), pngChunk('gAMA', Buffer.alloc(4, 1))),
  pngFile({ width, height, interlace: 1 }, interlaced),
];

/** Large ones take long. They are made when they are needed. */
const rarePngs: readonly (() => Buffer)[] = [
  () => pngFile({ width: 3000, height: 3000, colourType: 2 }, Buffer.alloc(9001 * 3000, 1)),
  () => pngFile({ width: 1500, height: 1500, colourType: 6, depth: 16 }, Buffer.alloc(12_001 * 1500, 1)),
];

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

function chunksOf(file: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = 8; at < file.length;) {
    const length = file.readUInt32BE(at);
    chunks.push({
      type: file.toString('latin1', at + 4, at + 8),
      data: file.subarray(at + 8, at + 8 + length),
    });
    at += length + 12;
  }
  return chunks;
}

/** With right checksums, so that a reader comes to what is wrong behind them. */
function mutatePng(file: Buffer, dice: Dice): Buffer {
  const chunks = mutateList(chunksOf(file), (chunk) => mutateChunk(chunk, dice), dice);
  return Buffer.concat([pngSignature, ...chunks.map(({ type, data }) => pngChunk(type, data))]);
}

function mutateChunk({ type, data }: Chunk, dice: Dice): Chunk {
  const kind = dice.below(4);
  if (kind === 0) return { type: dice.pick(['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND', 'tEXt', 'WEFT']), data };
  const pixels = type === 'IDAT' && kind < 3 ? inflated(data) : null;
  if (pixels === null) return { type, data: mutateBytes(data, dice) };
  const isBomb = dice.chance(0.002);
  const changed = isBomb ? Buffer.concat([pixels, Buffer.alloc(30_000_000)]) : mutateBytes(pixels, dice);
  return { type, data: deflateSync(changed) };
}

/** Null if a change before has damaged them. */
function inflated(data: Buffer): Buffer | null {
  try {
    return inflateSync(data);
  } catch {
    return null;
  }
}

const colours = Uint8Array.from({ length: width * height * 4 }, (_, i) => (i * i) & 255);
const jpegs: readonly Buffer[] = [
  jpegFile(width, height, colours),
  progressiveJpeg({
    width,
    height,
    scans: [
      [0, 0],
      [1, 5],
      [6, 63],
    ],
  }),
];

const rareJpegs: readonly (() => Buffer)[] = [
  () =>
    progressiveJpeg({
      width: 5000,
      height: 5000,
      scans: [[0, 0], ...Array.from({ length: 16 }, (): [number, number] => [1, 63])],
    }),
];

function mutateJpeg(file: Buffer, dice: Dice): Buffer {
  const segments = jpegSegments(file).map(({ bytes }) => bytes);
  return jpegOf(mutateList(segments, (bytes) => mutateSegment(bytes, dice), dice));
}

/** The contents of a segment changed, and the length with them. */
function mutateSegment(bytes: Buffer, dice: Dice): Buffer {
  const length = bytes.readUInt16BE(2);
  const content = mutateBytes(bytes.subarray(4, 2 + length), dice).subarray(0, 65_000);
  const head = Buffer.from([0xff, bytes[1]!, (content.length + 2) >> 8, (content.length + 2) & 255]);
  const samples = bytes.subarray(2 + length);
  return Buffer.concat([
    head,
    content,
    dice.chance(0.3) && samples.length > 0 ? mutateBytes(samples, dice) : samples,
  ]);
}

function pictureCase(
  name: string,
  samples: readonly Buffer[],
  rare: readonly (() => Buffer)[],
  mutate: (file: Buffer, dice: Dice) => Buffer,
): ReaderCase {
  return {
    name,
    make(dice) {
      const sample = dice.chance(0.002) ? dice.pick(rare)() : dice.pick(samples);
      const kind = dice.below(10);
      if (kind < 3) return mutateBytes(sample, dice);
      if (kind === 3) return splice(sample, dice.pick([...pngs, ...jpegs]), dice);
      return mutate(sample, dice);
    },
    read: (bytes) => void decodeImage(bytes, 'picture'),
  };
}

export const png: ReaderCase = pictureCase('png', pngs, rarePngs, mutatePng);
export const jpeg: ReaderCase = pictureCase('jpeg', jpegs, rareJpegs, mutateJpeg);
