/** Numbers as pixels of a canvas. */
import { divergingColour } from '../../../src/report/pictures/diverging-colour.ts';
import type { ShownImages } from '../../../src/session.ts';

/** Grey bytes or colours, [height, width, 1 or 3], as an image. */
export function imageOf(
  pixels: ArrayLike<number>,
  height: number,
  width: number,
  channels: number,
): ImageData {
  const data = new ImageData(width, height);
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < 3; c++) data.data[4 * i + c] = pixels[channels === 3 ? 3 * i + c : i]!;
    data.data[4 * i + 3] = 255;
  }
  return data;
}

/** One of the images that the session gave. */
export function imageAt({ shape, pixels }: ShownImages, index: number): ImageData {
  const [height, width, channels] = shape as [number, number, number];
  const size = height * width * channels;
  return imageOf(pixels.subarray(index * size, (index + 1) * size), height, width, channels);
}

/** A number from −largest (blue) over 0 (white) to largest (red). */
export function paint(data: ImageData, at: number, value: number, largest: number): void {
  const colour = divergingColour(largest > 0 ? value / largest : 0);
  for (let c = 0; c < 3; c++) data.data[4 * at + c] = 255 * colour[c]!;
  data.data[4 * at + 3] = 255;
}

/** Lays a colour over a pixel, the stronger the further the value is from 0: blue down to −1, red up to 1. */
export function tint(data: ImageData, at: number, value: number): void {
  const strength = 0.7 * Math.min(Math.abs(value), 1);
  const colour = divergingColour(Math.sign(value));
  for (let c = 0; c < 3; c++) {
    data.data[4 * at + c] = (1 - strength) * data.data[4 * at + c]! + strength * 255 * colour[c]!;
  }
}

/** How the numbers of a layer are laid out: sheets of rows and columns, side by side, with a pixel between them. */
export interface Layout {
  readonly rows: number;
  readonly columns: number;
  readonly sheets: number;
  /** Sheets in a row. */
  readonly across: number;
  /** Pixels between two sheets. */
  readonly gap: number;
  readonly width: number;
  readonly height: number;
}

/** The layout for numbers of a shape: [h, w, channels] is a sheet for each channel, [units] one row, or a few. */
export function layoutOf(shape: readonly number[]): Layout {
  const [rows, columns, sheets] =
    shape.length === 3 ? (shape as [number, number, number]) : [1, 1, shape[0]!];
  const isFlat = rows === 1 && columns === 1;
  const across = isFlat
    ? Math.min(sheets, 64)
    : Math.min(sheets, Math.max(1, Math.floor(232 / (columns + 1))));
  const down = Math.ceil(sheets / across);
  const gap = isFlat ? 0 : 1;
  return {
    rows,
    columns,
    sheets,
    across,
    gap,
    width: across * (columns + gap) - gap,
    height: down * (rows + gap) - gap,
  };
}

/** All sheets of a layer. Between them it is transparent. */
export function sheetsOf(values: Float32Array, layout: Layout, largest: number): ImageData {
  const { rows, columns, sheets, width, height } = layout;
  const data = new ImageData(width, height);
  for (let sheet = 0; sheet < sheets; sheet++) {
    const { left, top } = placeOf(layout, sheet);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const value = values[(row * columns + column) * sheets + sheet]!;
        paint(data, (top + row) * width + left + column, value, largest);
      }
    }
  }
  return data;
}

function placeOf(
  { rows, columns, across, gap }: Layout,
  sheet: number,
): { readonly left: number; readonly top: number } {
  return { left: (sheet % across) * (columns + gap), top: Math.floor(sheet / across) * (rows + gap) };
}

/** The unit under a pixel of the canvas: [row, column, sheet], or [unit]; null between sheets. */
export function unitAt(layout: Layout, x: number, y: number, shape: readonly number[]): number[] | null {
  const { rows, columns, across, sheets, gap } = layout;
  const [sheetColumn, sheetRow] = [Math.floor(x / (columns + gap)), Math.floor(y / (rows + gap))];
  const [column, row] = [Math.floor(x) % (columns + gap), Math.floor(y) % (rows + gap)];
  const sheet = sheetRow * across + sheetColumn;
  if (sheetColumn >= across || sheet >= sheets || column >= columns || row >= rows) return null;
  return shape.length === 3 ? [row, column, sheet] : [sheet];
}

export function largestOf(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]!));
  return largest;
}
