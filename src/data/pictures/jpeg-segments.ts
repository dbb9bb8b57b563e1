/**
 * JPEG (ITU-T T.81, annex B): a file is a row of segments. Each begins with a marker, 0xff and a byte that tells its kind,
 * then has its length and contents. SOF, the frame, holds the size and the components; DQT and DHT are tables; each SOS is a
 * scan of one or more components, with the coded samples behind it, in which 0xff is written as 0xff00.
 */
import { checkSize, decodingBudget } from './decoding-budget.ts';
import { type Damaged, ImageError } from './image-error.ts';

const startOfImage = 0xd8;
const endOfImage = 0xd9;
const startOfScan = 0xda;
const quantizationTables = 0xdb;
const restartInterval = 0xdd;
const huffmanTables = 0xc4;
/** The segments of an application that tell the colours (JFIF, Adobe) and the orientation (EXIF). */
const kept: ReadonlyMap<number, string> = new Map([
  [0xe0, 'JFIF\0'],
  [0xe1, 'Exif\0'],
  [0xee, 'Adobe'],
]);
/** Baseline, extended and progressive, with Huffman codes. The other frames are lossless, hierarchical or arithmetic. */
const knownFrames = [0xc0, 0xc1, 0xc2];

const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && ![huffmanTables, 0xc8, 0xcc].includes(marker);
const isRestart = (marker: number): boolean => marker >= 0xd0 && marker <= 0xd7;

interface Frame {
  /** Blocks of 8×8 samples, by the number of the component. */
  readonly blocks: ReadonlyMap<number, number>;
}

/**
 * The file with nothing but what a decoder needs. All lengths are what their contents say, there is one frame, and the
 * picture and its scans are within the budget.
 *
 * @throws ImageError
 */
export function checkedJpeg(file: Buffer, source: string, damaged: Damaged): Buffer {
  const parts: Uint8Array[] = [file.subarray(0, 2)];
  let frame: Frame | undefined;
  let scans = 0;
  let visits = 0;
  let tableBytes = 0;
  let at = 2;
  for (;;) {
    at = nextMarker(file, at);
    if (at + 2 > file.length) throw damaged('it ends too early');
    const marker = file[at + 1]!;
    if (marker === endOfImage) break;
    if (marker === startOfImage || marker === 0x01 || isRestart(marker)) {
      at += 2; // markers without contents, which mean nothing here
      continue;
    }
    if (at + 4 > file.length) throw damaged('it ends too early');
    const end = at + 2 + file.readUInt16BE(at + 2);
    if (end < at + 4) throw damaged('a segment has no length');
    if (end > file.length) throw damaged('it ends too early');
    const segment = file.subarray(at, end);
    const content = segment.subarray(4);
    at = end;
    if (isFrame(marker)) {
      if (frame !== undefined) throw damaged('it has two frames');
      frame = readFrame(marker, content, source, damaged);
      parts.push(segment);
    } else if (marker === huffmanTables || marker === quantizationTables) {
      const length = marker === huffmanTables ? huffmanBytes : quantizationBytes;
      checkTables(content, length, damaged);
      tableBytes += content.length;
      if (tableBytes > decodingBudget.jpegTableBytes) throw costly('tables', source);
      parts.push(segment);
    } else if (marker === restartInterval) {
      if (content.length !== 2) throw damaged('its restart interval has a wrong length');
      parts.push(segment);
    } else if (marker === startOfScan) {
      if (frame === undefined) throw damaged('a scan comes before the frame');
      scans += 1;
      visits += blocksOfScan(content, frame, damaged);
      if (scans > decodingBudget.jpegScans || visits > decodingBudget.jpegBlockVisits) {
        throw costly('scans', source);
      }
      at = endOfScan(file, end);
      parts.push(segment, file.subarray(end, at));
    } else if (content.toString('latin1', 0, 5) === kept.get(marker)) {
      parts.push(segment);
    }
  }
  if (scans === 0) throw damaged('it has no pixels');
  const checked = Buffer.concat([...parts, Uint8Array.of(0xff, endOfImage)]);
  if (checked.length > decodingBudget.jpegBytes) throw costly('bytes', source);
  return checked;
}

function costly(what: string, source: string): ImageError {
  return new ImageError(
    `${source}: a JPEG with too many ${what} for its size; store it again, for example as a PNG`,
  );
}

/** As decoders do: bytes between segments are skipped, and further 0xff before a marker, too. */
function nextMarker(file: Buffer, from: number): number {
  let at = from;
  while (at + 1 < file.length && (file[at] !== 0xff || file[at + 1] === 0xff || file[at + 1] === 0)) at += 1;
  return at;
}

/** Where the coded samples behind a scan's header end: at the next marker, but for those of restart intervals. */
function endOfScan(file: Buffer, from: number): number {
  let at = from;
  for (;;) {
    at = file.indexOf(0xff, at);
    if (at < 0) return file.length;
    const next = file[at + 1];
    if (next !== undefined && next !== 0 && !isRestart(next)) return at;
    at += 2;
  }
}

/** Precision, height and width, then three bytes for each component: its number, its sampling, its table. */
function readFrame(marker: number, content: Buffer, source: string, damaged: Damaged): Frame {
  if (!knownFrames.includes(marker)) {
    const kind = marker < 0xc8 ? 'lossless or hierarchical' : 'arithmetic or lossless';
    throw new ImageError(
      `${source}: a JPEG of a rare kind (${kind} coding), which weft does not read; store it again as a usual JPEG`,
    );
  }
  const count = content[5];
  if (count === undefined || content.length !== 6 + 3 * count) throw damaged('its frame has a wrong length');
  if (content[0] !== 8) throw damaged(`its samples have ${content[0]} bits; weft reads those of 8 bits`);
  if (![1, 3, 4].includes(count)) throw damaged(`it has ${count} components; expected 1, 3 or 4`);
  const height = content.readUInt16BE(1);
  const width = content.readUInt16BE(3);
  checkSize(width, height, 4, source);
  const components = Array.from({ length: count }, (_, i) => ({
    number: content[6 + 3 * i]!,
    horizontal: content[7 + 3 * i]! >> 4,
    vertical: content[7 + 3 * i]! & 15,
  }));
  if (components.some(({ horizontal: h, vertical: v }) => h < 1 || h > 4 || v < 1 || v > 4)) {
    throw damaged('the sampling of a component is not from 1 to 4');
  }
  const unitsAcross = Math.ceil(width / 8 / Math.max(...components.map(({ horizontal }) => horizontal)));
  const unitsDown = Math.ceil(height / 8 / Math.max(...components.map(({ vertical }) => vertical)));
  const blocks = new Map(
    components.map(({ number, horizontal, vertical }) => [
      number,
      unitsAcross * horizontal * unitsDown * vertical,
    ]),
  );
  if (blocks.size !== count) throw damaged('two of its components have the same number');
  const sum = [...blocks.values()].reduce((total, value) => total + value, 0);
  if (sum > decodingBudget.jpegBlocks) {
    throw new ImageError(
      `${source}: a picture of ${width}×${height} with ${count} channels of full size is too large: scale it down`,
    );
  }
  return { blocks };
}

/** How many blocks the scan visits. Its header: a count, two bytes for each component, then the band of coefficients. */
function blocksOfScan(content: Buffer, { blocks }: Frame, damaged: Damaged): number {
  const count = content[0];
  if (count === undefined || count < 1 || content.length !== 4 + 2 * count) {
    throw damaged('the header of a scan has a wrong length');
  }
  const [first = 0, last = 0] = content.subarray(1 + 2 * count);
  if (first > last || last > 63) throw damaged('a scan holds coefficients that a block does not have');
  return Array.from({ length: count }, (_, i) => blocks.get(content[1 + 2 * i]!)).reduce<number>(
    (sum, visited) => {
      if (visited === undefined) throw damaged('a scan has a component that the frame does not have');
      return sum + visited;
    },
    0,
  );
}

/** A segment may hold several tables, one after the other. `lengthAt` is the length of the one that begins there. */
function checkTables(
  content: Buffer,
  lengthAt: (content: Buffer, at: number) => number,
  damaged: Damaged,
): void {
  let at = 0;
  while (at < content.length) at += lengthAt(content, at);
  if (at !== content.length) throw damaged('a table is cut off');
}

/** A byte that names the table, the number of codes of each of 16 lengths, a byte for each code. */
function huffmanBytes(content: Buffer, at: number): number {
  return content.subarray(at + 1, at + 17).reduce((sum, count) => sum + count, 17);
}

/** A byte with precision and name of the table, then 64 numbers of one or two bytes. */
function quantizationBytes(content: Buffer, at: number): number {
  return content[at]! >> 4 === 0 ? 65 : 129;
}
