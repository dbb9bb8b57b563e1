import type { Shape } from '../../../tensor/shape.ts';
import type { WindowConstants } from '../../../tensor/window.ts';
import { divide } from './indices.ts';

/** The constants of kernels with windows [height, width, …] on images [n, h, w, …] that give [n, oh, ow, …]. */
export function windowSizes(
  [, inputHeight, inputWidth]: Shape,
  [, outputHeight, outputWidth]: Shape,
  [windowHeight, windowWidth]: Shape,
  { strideY, strideX, padTop, padLeft }: WindowConstants,
): Record<string, number> {
  return {
    inputHeight: inputHeight!,
    inputWidth: inputWidth!,
    outputHeight: outputHeight!,
    outputWidth: outputWidth!,
    windowHeight: windowHeight!,
    windowWidth: windowWidth!,
    strideY,
    strideX,
    padTop,
    padLeft,
    // the most windows that contain one pixel
    windowsY: Math.ceil(windowHeight! / strideY),
    windowsX: Math.ceil(windowWidth! / strideX),
  };
}

/**
 * Runs `body` for each input pixel in the window of the output pixel `row`, `column`: `pixelUnder`, counted over all
 * images, is at `ky`, `kx` of the window.
 */
export function eachTap(body: string): string {
  return `
  const top = row * this.constants.strideY - this.constants.padTop;
  const left = column * this.constants.strideX - this.constants.padLeft;
  for (let ky = 0; ky < this.constants.windowHeight; ky++) {
    const iy = top + ky;
    if (iy >= 0 && iy < this.constants.inputHeight) {
      for (let kx = 0; kx < this.constants.windowWidth; kx++) {
        const ix = left + kx;
        if (ix >= 0 && ix < this.constants.inputWidth) {
          const pixelUnder = (image * this.constants.inputHeight + iy) * this.constants.inputWidth + ix;
          ${body}
        }
      }
    }
  }`;
}

/**
 * The reverse: runs `body` for each output pixel `pixelOver` whose window contains the input pixel `row`, `column`, at
 * `ky`, `kx` of the window. The last such window begins `offsetY` rows and `offsetX` columns before the pixel, less
 * than a stride; each earlier one begins one stride before the next. Where windows leave gaps, there may be none.
 */
export function eachWindow(body: string): string {
  return `
  const fromTop = row + this.constants.padTop;
  const fromLeft = column + this.constants.padLeft;
  ${divide('lastY', 'offsetY', 'fromTop', 'this.constants.strideY')}
  ${divide('lastX', 'offsetX', 'fromLeft', 'this.constants.strideX')}
  for (let j = 0; j < this.constants.windowsY; j++) {
    const oy = lastY - j;
    const ky = offsetY + j * this.constants.strideY;
    if (oy >= 0 && oy < this.constants.outputHeight && ky < this.constants.windowHeight) {
      for (let i = 0; i < this.constants.windowsX; i++) {
        const ox = lastX - i;
        const kx = offsetX + i * this.constants.strideX;
        if (ox >= 0 && ox < this.constants.outputWidth && kx < this.constants.windowWidth) {
          const pixelOver = (image * this.constants.outputHeight + oy) * this.constants.outputWidth + ox;
          ${body}
        }
      }
    }
  }`;
}
