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
  /** Whether column sums come with it, the gradient of a bias. */
  readonly columnSums: boolean;
}

export function squareProduct(n: number): WgslProduct {
  return matrixProduct(`square ${n}`, { m: n, n, k: n }, { transposeA: false, transposeB: false });
}

function matrixProduct(
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

/** 3×3, `same`, stride 1. */
function convolution(
  use: string,
  pass: Conv2dPass,
  sizes: Pick<Conv2dGeometry, 'images' | 'height' | 'width' | 'channels' | 'filters'>,
): WgslProduct {
  const { images, height, width, channels, filters } = sizes;
  const window = windowGeometry([height, width], [3, 3], [1, 1], 'same', use);
  const product = conv2dProduct(pass, { ...sizes, ...window, kernelHeight: 3, kernelWidth: 3 });
  const [x, filter, y] = [
    images * height * width * channels,
    9 * channels * filters,
    images * height * width * filters,
  ];
  const floats = {
    forward: { a: x, b: filter },
    backwardInput: { a: y, b: filter },
    backwardFilter: { a: x, b: y },
  };
  return {
    use: `${use} ${pass}`,
    product,
    size: { m: product.a.size, n: product.b.size, k: product.a.depth },
    floats: floats[pass],
    columnSums: pass === 'backwardFilter',
  };
}
