import jpeg from 'jpeg-js';
import { decodingBudget } from './decoding-budget.ts';
import { type Damaged, ImageError, reasonOf } from './image-error.ts';
import { checkedJpeg } from './jpeg-segments.ts';
import { orientationOf, upright } from './orientation.ts';
import type { Picture } from './pixels.ts';

/**
 * jpeg-js finds its way by the contents of a file, whatever the lengths in it say; it decodes as many frames and scans as
 * there are; and its own limit of memory does not count what the engine adds to each block. So it gets a file of nothing
 * but segments that were checked.
 *
 * @throws ImageError
 */
export function decodeJpeg(file: Buffer, source: string): Picture {
  const damaged: Damaged = (reason, cause) =>
    new ImageError(`${source}: a damaged JPEG: ${reason}`, { cause });
  const checked = checkedJpeg(file, source, damaged);
  try {
    const { width, height, data, ...rest } = jpeg.decode(checked, {
      useTArray: true,
      formatAsRGBA: true,
      // jpeg-js decodes whole restart intervals of a grey picture, the last one beyond its end: it must not stop there
      tolerantDecoding: true,
      maxResolutionInMP: decodingBudget.pixels / 1e6,
      maxMemoryUsageInMB: 1000,
    });
    return upright({ width, height, data }, orientationOf(rest as { exifBuffer?: Uint8Array }));
  } catch (error) {
    throw damaged(reasonOf(error), error);
  }
}
