import type { WriteStream } from 'node:tty';
import type { Pixels } from '../../data/pictures/pixels.ts';

/** The colours that a terminal can show: none, the 256 of xterm, or all of 24 bits. */
export type Colours = 'none' | '256' | '24 bits';

/** The colours of a stream: none unless it is a terminal with colours and NO_COLOR is not set. */
export function coloursOf(
  stream: Pick<WriteStream, 'isTTY' | 'getColorDepth'>,
  environment: NodeJS.ProcessEnv = process.env,
): Colours {
  if (!stream.isTTY) return 'none';
  const bits = stream.getColorDepth(environment);
  return bits >= 24 ? '24 bits' : bits >= 8 ? '256' : 'none';
}

/**
 * An image as text, with two rows of pixels in each line: `▀` in the colour of the upper pixel, on a background in the
 * colour of the lower one. So pixels are about as wide as high. Without colours, the character shows the mean of both
 * pixels; denser characters are brighter.
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

/** Puts blocks of text beside each other. All lines of a block must be as wide as its first. */
export function sideBySide(blocks: readonly (readonly string[])[], gap = 2): string[] {
  const rows = Math.max(0, ...blocks.map(({ length }) => length));
  return Array.from({ length: rows }, (_, row) =>
    blocks.map((lines) => lines[row] ?? ' '.repeat(visibleLength(lines[0] ?? ''))).join(' '.repeat(gap)),
  );
}

type Colour = readonly [red: number, green: number, blue: number];

interface PixelPair {
  readonly upper: Colour;
  /** Undefined below the last row, if the number of rows is odd. */
  readonly lower: Colour | undefined;
}

function colourAt({ width, channels, data }: Pixels, x: number, y: number): Colour {
  const at = (y * width + x) * channels;
  const byte = (c: number): number =>
    Math.round(Math.min(Math.max(data[at + (channels === 3 ? c : 0)]!, 0), 255));
  return [byte(0), byte(1), byte(2)];
}

/** Characters from black to white, for a dark terminal. */
const shades = ' .:-=+*#%@';

function shade({ upper, lower = upper }: PixelPair): string {
  const share = (brightness(upper) + brightness(lower)) / 2 / 255;
  return shades[Math.min(Math.floor(share * shades.length), shades.length - 1)]!;
}

/** Luma of ITU-R BT.601. */
function brightness([red, green, blue]: Colour): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

/**
 * ECMA-48, Select Graphic Rendition: 38 sets the colour of the character, 48 the colour behind it, and 49 the default one
 * behind it.
 */
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

/** Colours 16 to 231 of the 256 are a cube with these six steps of red, green and blue. */
const cubeSteps = [0, 95, 135, 175, 215, 255];
/** Colours 232 to 255 are greys: 8, 18, … 238. */
const greys = Array.from({ length: 24 }, (_, i) => 8 + 10 * i);

/** The nearest of colours 16 to 255. The first 16 differ between terminals. */
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

/** The index of the value nearest to `byte`. */
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
