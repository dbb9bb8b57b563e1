/**
 * PNG (W3C, Portable Network Graphics, third edition): a signature, then chunks, each with its length, a type of four
 * letters, its data and a checksum. IHDR, the header, comes first; PLTE and tRNS are palette and transparency; the data of
 * all IDAT chunks together are the pixels, deflated; IEND comes last.
 */
import { constants, crc32, inflateSync } from 'node:zlib';
import { PNG } from 'pngjs';
import { checkSize, decodingBudget } from './decoding-budget.ts';
import { type Damaged, ImageError, reasonOf } from './image-error.ts';
import type { Picture } from './pixels.ts';

const signatureBytes = 8;

/** For each colour type: its channels and the bits that a channel may have. */
const colourTypes: ReadonlyMap<number, { readonly channels: number; readonly depths: readonly number[] }> =
  new Map([
    [0, { channels: 1, depths: [1, 2, 4, 8, 16] }],
    [2, { channels: 3, depths: [8, 16] }],
    [3, { channels: 1, depths: [1, 2, 4, 8] }],
    [4, { channels: 2, depths: [8, 16] }],
    [6, { channels: 4, depths: [8, 16] }],
  ]);
const paletteColourType = 3;
const maxPaletteBytes = 3 * 256;

/** The seven passes of an interlaced picture (Adam7): the first column and row of each, and its steps. */
const passes = [
  { x: 0, y: 0, stepX: 8, stepY: 8 },
  { x: 4, y: 0, stepX: 8, stepY: 8 },
  { x: 0, y: 4, stepX: 4, stepY: 8 },
  { x: 2, y: 0, stepX: 4, stepY: 4 },
  { x: 0, y: 2, stepX: 2, stepY: 4 },
  { x: 1, y: 0, stepX: 2, stepY: 2 },
  { x: 0, y: 1, stepX: 1, stepY: 2 },
];

interface Header {
  readonly width: number;
  readonly height: number;
  readonly bitsPerPixel: number;
  readonly hasPalette: boolean;
  readonly isInterlaced: boolean;
}

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

/**
 * pngjs trusts the file. Of two headers it takes the second. It inflates an interlaced picture without a limit. If the
 * pixels of another picture end early, it fills up with memory of the process that was never written, and if bytes follow
 * them, it drops pixels: its `sync-inflate.js` confuses what is left of the input with what is left of the output. So the
 * chunks are checked here, and the pixels are inflated once to count them; pngjs gets a file of what was checked, no more.
 *
 * @throws ImageError
 */
export function decodePng(file: Buffer, source: string): Picture {
  const damaged: Damaged = (reason, cause) =>
    new ImageError(`${source}: a damaged PNG: ${reason}`, { cause });
  const chunks = readChunks(file, damaged);
  const header = readHeader(chunks[0]!.data, damaged);
  const { width, height, bitsPerPixel, hasPalette } = header;
  checkSize(width, height, bitsPerPixel / 8, source);
  const before = chunks.filter(({ type }) => type === 'PLTE' || type === 'tRNS');
  if (hasPalette && before[0]?.type !== 'PLTE') throw damaged('it has no palette');
  const deflated = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data));
  const used = checkPixels(deflated, bytesOfRows(header), damaged);
  const checked = [
    chunks[0]!,
    ...before,
    { type: 'IDAT', data: deflated.subarray(0, used) },
    { type: 'IEND', data: Buffer.alloc(0) },
  ];
  try {
    const { data } = PNG.sync.read(Buffer.concat([file.subarray(0, signatureBytes), ...checked.map(encode)]));
    return { width, height, data };
  } catch (error) {
    throw damaged(reasonOf(error), error);
  }
}

/** The chunks that matter here, the header first. Others are skipped, unless a capital letter says that they matter. */
function readChunks(file: Buffer, damaged: Damaged): Chunk[] {
  const chunks: Chunk[] = [];
  let at = signatureBytes;
  for (let count = 0; ; count++) {
    if (count > decodingBudget.pngChunks)
      throw damaged(`it has more than ${decodingBudget.pngChunks} chunks`);
    if (at + 8 > file.length) throw damaged('it ends too early');
    const length = file.readUInt32BE(at);
    const type = file.toString('latin1', at + 4, at + 8);
    if (!/^[A-Za-z]{4}$/.test(type)) throw damaged('something that is no chunk follows its chunks');
    if (at + length + 12 > file.length) throw damaged('it ends too early');
    const name = file.subarray(at + 4, at + 8);
    const data = file.subarray(at + 8, at + 8 + length);
    at += length + 12;
    if (count === 0 && type !== 'IHDR') throw damaged(`it begins with ${type} instead of its header`);
    if (!['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND'].includes(type)) {
      if (/^[A-Z]/.test(type)) throw damaged(`its chunk ${type} is of an unknown kind`);
      continue;
    }
    if (crc32(data, crc32(name)) !== file.readUInt32BE(at - 4)) {
      throw damaged(`the checksum of its chunk ${type} is wrong`);
    }
    if (type === 'IEND') return chunks;
    if (type !== 'IDAT' && chunks.some((chunk) => chunk.type === type)) {
      throw damaged(`it has two chunks ${type}`);
    }
    if (type === 'PLTE' && (length > maxPaletteBytes || length % 3 !== 0)) {
      throw damaged(`its palette has ${length} bytes; expected 3 for each of up to 256 colours`);
    }
    chunks.push({ type, data });
  }
}

function readHeader(data: Buffer, damaged: Damaged): Header {
  if (data.length !== 13) throw damaged(`its header has ${data.length} bytes instead of 13`);
  const [depth, colourType, compression, filter, interlace] = data.subarray(8);
  const { channels, depths } = colourTypes.get(colourType!) ?? { channels: 0, depths: [] };
  if (!depths.includes(depth!)) {
    throw damaged(`there is no colour type ${colourType} with ${depth} bits for each channel`);
  }
  if (compression !== 0 || filter !== 0 || interlace! > 1) {
    throw damaged(`its header has an unknown compression, filter or interlacing`);
  }
  return {
    width: data.readUInt32BE(0),
    height: data.readUInt32BE(4),
    bitsPerPixel: channels * depth!,
    hasPalette: colourType === paletteColourType,
    isInterlaced: interlace === 1,
  };
}

/** The bytes of all rows; a row begins with a byte for its filter and ends with a whole byte. */
function bytesOfRows({ width, height, bitsPerPixel, isInterlaced }: Header): number {
  const images = isInterlaced
    ? passes.map(({ x, y, stepX, stepY }) => [
        Math.ceil((width - x) / stepX),
        Math.ceil((height - y) / stepY),
      ])
    : [[width, height]];
  return images
    .filter(([columns, rows]) => columns! > 0 && rows! > 0)
    .reduce((sum, [columns, rows]) => sum + rows! * (1 + Math.ceil((columns! * bitsPerPixel) / 8)), 0);
}

/**
 * Inflates the pixels, never beyond the `expected` bytes.
 *
 * @returns how many bytes of `deflated` they take
 */
function checkPixels(deflated: Buffer, expected: number, damaged: Damaged): number {
  const { buffer, engine } = inflate(deflated, expected, damaged);
  if (buffer.length < expected) throw damaged('its pixel data end early');
  return engine.bytesWritten;
}

/** zlib returns both with `info: true`, which its types do not say. */
interface Inflated {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

function inflate(deflated: Buffer, expected: number, damaged: Damaged): Inflated {
  try {
    // one piece of memory for all: the byte more shows data that are too long
    const options = {
      info: true,
      maxOutputLength: expected,
      chunkSize: Math.max(expected + 1, constants.Z_MIN_CHUNK),
    };
    return inflateSync(deflated, options) as unknown as Inflated;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'Z_BUF_ERROR') throw damaged('its pixel data end early', error);
    if (code === 'ERR_BUFFER_TOO_LARGE') throw damaged('its pixel data do not end with its last row', error);
    throw damaged(`its pixel data are damaged (${message})`, error);
  }
}

/** A chunk as a file has it. */
function encode({ type, data }: Chunk): Buffer {
  const bytes = Buffer.alloc(data.length + 12);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  data.copy(bytes, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, data.length + 8)), data.length + 8);
  return bytes;
}
