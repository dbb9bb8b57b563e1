import type { WriteStream } from 'node:tty';
import type { Pixels } from '../../data/pictures/pixels.ts';

/** What a terminal shows: no colours, the 256 of xterm, or any of 24 bits. */
export type Colours = 'none' | '256' | '24 bits';

/** What the stream shows: no colours unless it is a terminal that has them, and NO_COLOR is not set. */
export function coloursOf(
  stream: Pick<WriteStream, 'isTTY' | 'getColorDepth'>,
  environment: NodeJS.ProcessEnv = process.env,
): Colours {
  if (!stream.isTTY) return 'none';
  const bits = stream.getColorDepth(environment);
  return bits >= 24 ? '24 bits' : bits >= 8 ? '256' : 'none';
}

/**
 * An image as text, two of its rows in a line: `▀` in the colour of the upper pixel on the colour of the lower one, so
 * that pixels are about as wide as high. Without colours, a character for the mean of both, the brighter the denser.
 *
 * @param image of 1 or 3 channels, from 0 to 255
 * @returns the lines, each as many characters wide as the image is pixels
 */
export function halfBlocks(image: Pixels, colours: Colours): string[] {
  const { width, height } = image;
  return Array.from({ length: Math.ceil(height / 2) }, (_, line) => {
    const columns = Array.from({ length: width }, (_, x): PixelPair => {
      const upper = colourAt(image, x, 2 * line);
      return { upper, lower: 2 * line + 1 < height ? colourAt(image, x, 2 * line + 1) : undefined };
    });
    return colours === 'none' ? columns.map(shade).join('') : colouredLine(columns, colours);
  });
}

/** Blocks of lines beside each other. All lines of a block have to be as wide as its first. */
export function sideBySide(blocks: readonly (readonly string[])[], gap = 2): string[] {
  const rows = Math.max(0, ...blocks.map(({ length }) => length));
  return Array.from({ length: rows }, (_, row) =>
    blocks.map((lines) => lines[row] ?? ' '.repeat(visibleLength(lines[0] ?? ''))).join(' '.repeat(gap)),
  );
}

type Colour = readonly [red: number, green: number, blue: number];

interface PixelPair {
  readonly upper: Colour;
  /** Undefined below the last of an odd number of rows. */
  readonly lower: Colour | undefined;
}

function colourAt({ width, channels, data }: Pixels, x: number, y: number): Colour {
  const at = (y * width + x) * channels;
  const byte = (c: number): number =>
    Math.round(Math.min(Math.max(data[at + (channels === 3 ? c : 0)]!, 0), 255));
  return [byte(0), byte(1), byte(2)];
}

/** From black to white, on a dark terminal. */
const shades = ' .:-=+*#%@';

function shade({ upper, lower = upper }: PixelPair): string {
  const share = (brightness(upper) + brightness(lower)) / 2 / 255;
  return shades[Math.min(Math.floor(share * shades.length), shades.length - 1)]!;
}

/** Luma of ITU-R BT.601. */
function brightness([red, green, blue]: Colour): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

/** Select Graphic Rendition (ECMA-48): 38 and 48 set the colours of the character and behind it, 49 leaves the latter. */
function colouredLine(columns: readonly PixelPair[], colours: '256' | '24 bits'): string {
  const code = (colour: Colour): string =>
    colours === '256' ? `5;${indexOf(colour)}` : `2;${colour.join(';')}`;
  let line = '';
  let current = '';
  for (const { upper, lower } of columns) {
    const next = `38;${code(upper)};${lower === undefined ? '49' : `48;${code(lower)}`}`;
    if (next !== current) line += `\u001b[${next}m`;
    current = next;
    line += '▀';
  }
  return `${line}\u001b[0m`;
}

/** Of the 256 colours, 16 to 231 are a cube with these six steps of red, green and blue. */
const cubeSteps = [0, 95, 135, 175, 215, 255];
/** 232 to 255 are greys: 8, 18, … 238. */
const greys = Array.from({ length: 24 }, (_, i) => 8 + 10 * i);

/** The nearest of the 256 colours that are the same everywhere. */
function indexOf(colour: Colour): number {
  const steps = colour.map((byte) => nearest(byte, cubeSteps));
  const grey = nearest((colour[0] + colour[1] + colour[2]) / 3, greys);
  const distance = (other: readonly number[]): number =>
    other.reduce((sum, byte, c) => sum + (byte - colour[c]!) ** 2, 0);
  const [red, green, blue] = steps as [number, number, number];
  const inCube = distance(steps.map((step) => cubeSteps[step]!));
  return distance(Array<number>(3).fill(greys[grey]!)) < inCube
    ? 232 + grey
    : 16 + 36 * red + 6 * green + blue;
}

/** Position of the value that is nearest to `byte`. */
function nearest(byte: number, values: readonly number[]): number {
  return values.reduce(
    (best, value, i) => (Math.abs(value - byte) < Math.abs(values[best]! - byte) ? i : best),
    0,
  );
}

function visibleLength(line: string): number {
  // eslint-disable-next-line no-control-regex
  return line.replaceAll(/\u001b\[[\d;]*m/g, '').length;
}
