import { ImageError } from './image-error.ts';

/**
 * What one picture may cost. A file of a few kilobytes can ask for gigabytes of memory or minutes of work: it can repeat
 * a scan, or hold a long run of one byte, well compressed. Everything below is known or bounded before the pixels are
 * decoded, so that no clock is needed, and the same file is refused on every machine.
 *
 * The limits follow from measurements (Node 26, one core). JPEG is the most expensive format: a pixel with all its colours
 * takes up to 250 ns and 43 bytes of memory, if the picture is noise. Within the budget, that is 5 s and 0.9 GB. 64 million
 * pixels would take more than the 10 s and 1 GB that one picture is worth.
 */
export const decodingBudget = {
  /** Bytes of the file. The noisiest PNG of 25 million pixels in colour has 75 million. */
  fileBytes: 100_000_000,
  pixels: 25_000_000,
  /** Bytes of the pixels of a PNG after inflation: 4 for each pixel. With 16 bits a channel, there may be fewer pixels. */
  pngBytes: 100_000_000,
  /** Chunks of a PNG. Encoders write 8 KB or more into each. */
  pngChunks: 100_000,
  /**
   * Blocks of 8×8 samples of a JPEG, which take about 540 bytes each: 25 million pixels as cameras store them, with a
   * quarter or half of the colours, or 21 million with all.
   */
  jpegBlocks: 1_000_000,
  /** Bytes of a JPEG without what does not matter. Cameras write less than one for each pixel. */
  jpegBytes: 30_000_000,
  /** Encoders of progressive JPEGs make about ten. */
  jpegScans: 100,
  /** The sum of the blocks of all scans: a scan costs time for each, even if it stores nothing. Usual files have 5 million. */
  jpegBlockVisits: 10_000_000,
  /** Bytes of all tables of a JPEG. A set of tables takes about 600; progressive files have new ones for each scan. */
  jpegTableBytes: 200_000,
} as const;

/**
 * @param pixelBytes for each pixel, of which the budget holds 4
 * @throws ImageError if the size is zero or beyond the budget
 */
export function checkSize(width: number, height: number, pixelBytes: number, source: string): void {
  const size = `${width}×${height}`;
  if (width === 0 || height === 0) throw new ImageError(`${source}: a picture of ${size} has no pixels`);
  const most = Math.floor(Math.min(decodingBudget.pixels, decodingBudget.pngBytes / pixelBytes));
  if (width * height <= most) return;
  const depth = pixelBytes > 4 ? ' with 16 bits for each channel' : '';
  throw new ImageError(
    `${source}: a picture of ${size}${depth} is too large; at most ${Math.floor(most / 1e5) / 10} million pixels ` +
      'are read: scale it down',
  );
}
