/** The products that the tiles of the gpu engine are made for, as matrices and as convolutions. */
import { conv2dProduct, type Conv2dPass } from '../../src/engine/gpu/wgsl/conv2d.ts';
import { matmulProduct, type MatmulSize } from '../../src/engine/gpu/wgsl/matmul.ts';
import type { Conv2dGeometry } from '../../src/engine/gpu/wgsl/patches.ts';
import type { Product } from '../../src/engine/gpu/wgsl/product.ts';
import { windowGeometry } from '../../src/tensor/window.ts';
import { cnnConvolutions, formOf } from './shapes.ts';

export interface WgslProduct {
  /** Where it occurs. */
  readonly use: string;
  readonly product: Pick<Product, 'title' | 'a' | 'b'>;
  readonly size: MatmulSize;
  /** Floats of A and B as they are stored: an image is smaller than its patches. */
  readonly floats: { readonly a: number; readonly b: number };
  /** One element of the result in double precision, by the definition. */
  readonly element: (a: Float32Array, b: Float32Array, row: number, column: number) => number;
  /** Whether column sums come with it, the gradient of a bias. */
  readonly columnSums: boolean;
}

export function squareProduct(n: number): WgslProduct {
  return matrixProduct(`square ${n}`, { m: n, n, k: n }, { transposeA: false, transposeB: false });
}

export function matrixProduct(
  use: string,
  size: MatmulSize,
  form: { readonly transposeA: boolean; readonly transposeB: boolean },
): WgslProduct {
  const { m, n, k } = size;
  return {
    use: `${use} ${formOf(form)}`,
    product: matmulProduct(form, size),
    size,
    floats: { a: m * k, b: k * n },
    element(a, b, row, column) {
      let sum = 0;
      for (let p = 0; p < k; p++) {
        const x = a[form.transposeA ? p * m + row : row * k + p]!;
        sum += x * b[form.transposeB ? column * k + p : p * n + column]!;
      }
      return sum;
    },
    columnSums: form.transposeA,
  };
}

/** Forward, dW and dx of a dense layer; dx unless nothing asks for it. */
function denseProducts(
  layer: string,
  batch: number,
  [inputs, units]: readonly [number, number],
): WgslProduct[] {
  const products = [
    matrixProduct(layer, { m: batch, n: units, k: inputs }, { transposeA: false, transposeB: false }),
    matrixProduct(layer, { m: inputs, n: units, k: batch }, { transposeA: true, transposeB: false }),
  ];
  if (inputs === 784) return products;
  return [
    ...products,
    matrixProduct(layer, { m: batch, n: inputs, k: units }, { transposeA: false, transposeB: true }),
  ];
}

export function mlpProducts(batch: number): WgslProduct[] {
  const sizes = [784, 32, 64, 128, 128, 10];
  return sizes
    .slice(1)
    .flatMap((units, index) =>
      denseProducts(`mlp ${batch} dense_${index + 1}`, batch, [sizes[index]!, units]),
    );
}

export function cnnProducts(batch: number): WgslProduct[] {
  return [
    ...cnnConvolutions.flatMap(({ layer, ...sizes }) => {
      const passes: Conv2dPass[] = ['forward', 'backwardFilter'];
      if (sizes.channels > 1) passes.push('backwardInput');
      return passes.map((pass) => convolution(`cnn ${batch} ${layer}`, pass, { images: batch, ...sizes }));
    }),
    ...denseProducts(`cnn ${batch} dense_1`, batch, [2048, 128]),
    ...denseProducts(`cnn ${batch} dense_2`, batch, [128, 10]),
  ];
}

/** 3×3, `same`, stride 1: x and y have the same pixels. */
function convolution(
  use: string,
  pass: Conv2dPass,
  sizes: Pick<Conv2dGeometry, 'images' | 'height' | 'width' | 'channels' | 'filters'>,
): WgslProduct {
  const { images, height, width, channels, filters } = sizes;
  const window = windowGeometry([height, width], [3, 3], [1, 1], 'same', use);
  const product = conv2dProduct(pass, { ...sizes, ...window, kernelHeight: 3, kernelWidth: 3 });
  const pixels = images * height * width;
  const filter = 9 * channels * filters;
  const floats = {
    forward: { a: pixels * channels, b: filter },
    backwardInput: { a: pixels * filters, b: filter },
    backwardFilter: { a: pixels * channels, b: pixels * filters },
  };
  /** The pixel so many rows and columns away in the same image, or null. */
  const neighbour = (pixel: number, down: number, right: number): number | null => {
    const y = (Math.floor(pixel / width) % height) + down;
    const x = (pixel % width) + right;
    return y >= 0 && y < height && x >= 0 && x < width ? pixel + down * width + right : null;
  };
  const taps = Array.from({ length: 9 }, (_, tap) => ({
    tap,
    down: Math.floor(tap / 3) - 1,
    right: (tap % 3) - 1,
  }));
  const element: Record<Conv2dPass, WgslProduct['element']> = {
    forward(x, weights, pixel, unit) {
      let sum = 0;
      for (const { tap, down, right } of taps) {
        const from = neighbour(pixel, down, right);
        if (from === null) continue;
        for (let c = 0; c < channels; c++) {
          sum += x[from * channels + c]! * weights[(tap * channels + c) * filters + unit]!;
        }
      }
      return sum;
    },
    backwardInput(dy, weights, pixel, channel) {
      let sum = 0;
      for (const { tap, down, right } of taps) {
        const to = neighbour(pixel, -down, -right);
        if (to === null) continue;
        for (let o = 0; o < filters; o++) {
          sum += dy[to * filters + o]! * weights[(tap * channels + channel) * filters + o]!;
        }
      }
      return sum;
    },
    backwardFilter(x, dy, row, unit) {
      const { down, right } = taps[Math.floor(row / channels)]!;
      let sum = 0;
      for (let pixel = 0; pixel < pixels; pixel++) {
        const from = neighbour(pixel, down, right);
        if (from !== null) sum += x[from * channels + (row % channels)]! * dy[pixel * filters + unit]!;
      }
      return sum;
    },
  };
  return {
    use: `${use} ${pass}`,
    product,
    size: { m: product.a.size, n: product.b.size, k: product.a.depth },
    floats: floats[pass],
    element: element[pass],
    columnSums: pass === 'backwardFilter',
  };
}
