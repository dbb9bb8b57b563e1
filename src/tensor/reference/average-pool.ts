import type { Operation } from '../operation.ts';

/** Calls `visit` for each window, with its pixel in y and the pixels of x under it that lie inside the image. */
function eachWindow(
  [n, h, w]: readonly number[],
  [, oh, ow]: readonly number[],
  { strideY, strideX, padTop, padLeft, height, width }: Operation<'averagePool2d'>['constants'],
  visit: (yPixel: number, xPixels: readonly number[]) => void,
): void {
  for (let yPixel = 0; yPixel < n! * oh! * ow!; yPixel++) {
    const image = Math.floor(yPixel / (oh! * ow!));
    const top = (Math.floor(yPixel / ow!) % oh!) * strideY - padTop;
    const left = (yPixel % ow!) * strideX - padLeft;
    const xPixels: number[] = [];
    for (let iy = Math.max(top, 0); iy < Math.min(top + height, h!); iy++) {
      for (let ix = Math.max(left, 0); ix < Math.min(left + width, w!); ix++) {
        xPixels.push((image * h! + iy) * w! + ix);
      }
    }
    visit(yPixel, xPixels);
  }
}

/** y[pixel, c] = (Σ over the window of x[pixel under it, c]) / (number of pixels under it). */
export function averagePool2d({ inputs, outputs, constants }: Operation<'averagePool2d'>): void {
  const x = inputs.x.values;
  const y = outputs.y.values;
  const channels = inputs.x.shape[3]!;
  eachWindow(inputs.x.shape, outputs.y.shape, constants, (yPixel, xPixels) => {
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (const xPixel of xPixels) sum += x[xPixel * channels + c]!;
      y[yPixel * channels + c] = sum / xPixels.length;
    }
  });
}

/** dx[pixel, c] = Σ over the windows above it of dy[window, c] / (number of pixels under the window). */
export function averagePool2dBackward({
  inputs,
  outputs,
  constants,
}: Operation<'averagePool2dBackward'>): void {
  const dy = inputs.dy.values;
  const dx = outputs.dx.values;
  const channels = outputs.dx.shape[3]!;
  dx.fill(0);
  eachWindow(outputs.dx.shape, inputs.dy.shape, constants, (yPixel, xPixels) => {
    for (let c = 0; c < channels; c++) {
      const share = dy[yPixel * channels + c]! / xPixels.length;
      for (const xPixel of xPixels) dx[xPixel * channels + c]! += share;
    }
  });
}
