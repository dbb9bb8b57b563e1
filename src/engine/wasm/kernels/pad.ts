/**
 * Copies images into larger ones, with zeros around them and, if wanted, between their pixels. A convolution of such
 * images has no borders to test: every window lies inside.
 */
import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import { emitAdvance, emitAdvanceBy, emitLoadLanes, emitLoopTo, emitRepeat, emitStoreLanes } from './emit.ts';
import { type Kernel, kernelFunction } from './kernel.ts';
import { floatBytes, lanes } from './sizes.ts';

export interface PadOptions {
  /** Size of the images that are copied. Pixels that fall outside the padded images are left out. */
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly paddedHeight: number;
  readonly paddedWidth: number;
  /** The place of the first pixel, and the distances from one pixel to the next. */
  readonly top: number;
  readonly left: number;
  readonly spreadY: number;
  readonly spreadX: number;
}

/** The items are images. Addresses: images, padded. */
export function padKernel(options: PadOptions): Kernel {
  const { height, width, channels, paddedHeight, paddedWidth, top, left, spreadY, spreadX } = options;
  const name = `pad_${height}x${width}x${channels}_to_${paddedHeight}x${paddedWidth}_at_${top}_${left}_spread_${spreadY}_${spreadX}`;
  const pixelBytes = channels * floatBytes;
  const imageBytes = height * width * pixelBytes;
  const paddedBytes = paddedHeight * paddedWidth * pixelBytes;
  const rows = Math.min(height, Math.ceil((paddedHeight - top) / spreadY));
  const columns = Math.min(width, Math.ceil((paddedWidth - left) / spreadX));
  return {
    name,
    build(module) {
      const { code, addresses, begin, end } = kernelFunction(module, name, ['images', 'padded']);
      const [images, padded] = addresses as [Local, Local];
      const [from, to, row, pixel, counter] = ['from', 'to', 'row', 'pixel', 'counter'].map((local) =>
        code.local('i32', local),
      ) as [Local, Local, Local, Local, Local];
      const vector = code.local('v128', 'pixels');
      const copy = (floats: number, source: Local | null): void => {
        emitCopy(code, { source, target: to, floats, counter, vector });
      };
      emitAdvanceBy(code, images, begin, imageBytes);
      emitAdvanceBy(code, padded, begin, paddedBytes);
      emitLoopTo(code, begin, end, 1, () => {
        code.get(padded).set(to);
        copy(paddedHeight * paddedWidth * channels, null);
        code.get(images).set(from);
        code
          .get(padded)
          .i32((top * paddedWidth + left) * pixelBytes)
          .op('i32.add')
          .set(to);
        emitRepeat(code, row, rows, () => {
          if (spreadX === 1) {
            copy(columns * channels, from);
            emitAdvance(code, to, (spreadY * paddedWidth - columns) * pixelBytes);
          } else {
            emitRepeat(code, pixel, columns, () => {
              copy(channels, from);
              emitAdvance(code, to, (spreadX - 1) * pixelBytes);
            });
            emitAdvance(code, to, (spreadY * paddedWidth - columns * spreadX) * pixelBytes);
          }
          emitAdvance(code, from, (width - columns) * pixelBytes);
        });
        emitAdvance(code, images, imageBytes);
        emitAdvance(code, padded, paddedBytes);
      });
      return code;
    },
  };
}

interface Copy {
  /** Where the floats come from; null for zeros. */
  readonly source: Local | null;
  readonly target: Local;
  readonly floats: number;
  readonly counter: Local;
  readonly vector: Local;
}

/** Copies floats, and moves both addresses past them. */
function emitCopy(code: FunctionBuilder, { source, target, floats, counter, vector }: Copy): void {
  const round = (count: number): void => {
    if (source) emitLoadLanes(code, source, count, 0);
    else code.f32x4(0);
    code.set(vector);
    emitStoreLanes(code, target, vector, count, 0);
    if (source) emitAdvance(code, source, count * floatBytes);
    emitAdvance(code, target, count * floatBytes);
  };
  const vectors = Math.floor(floats / lanes);
  if (vectors > 0) emitRepeat(code, counter, vectors, () => round(lanes));
  if (floats % lanes > 0) round(floats % lanes);
}
