import { test } from 'uvu';
import { conv2dKernels, type Conv2dPass } from '../../../../src/engine/gpu/wgsl/conv2d.ts';
import type { Epilogue } from '../../../../src/engine/gpu/wgsl/epilogue.ts';
import type { Conv2dGeometry } from '../../../../src/engine/gpu/wgsl/patches.ts';
import type { Tile } from '../../../../src/engine/gpu/wgsl/tile.ts';
import { EagerOps } from '../../../../src/tensor/reference/eager.ts';
import { Tensor } from '../../../../src/tensor/tensor.ts';
import { type Padding, windowGeometry } from '../../../../src/tensor/window.ts';
import { assertProduct, single } from '../../../helpers/products.ts';
import { closeDevice, testOnDevice } from '../../../helpers/wgsl.ts';

interface Case {
  /** images, height, width, channels. */
  readonly x: readonly [number, number, number, number];
  readonly filters: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: Padding;
}

const tile: Tile = {
  rows: 16,
  columns: 8,
  depth: 4,
  threadRows: 4,
  threadColumns: 4,
  slices: 1,
  parts: 1,
  prefetch: false,
};

/** Each number of channels, with vectors and without, meets odd sizes, both paddings and steps of both kinds. */
const cases: readonly Case[] = [
  { x: [2, 7, 5, 1], filters: 8, kernel: [3, 3], stride: [1, 1], padding: 'same' },
  { x: [3, 9, 8, 1], filters: 5, kernel: [3, 2], stride: [2, 1], padding: 'valid' },
  { x: [2, 6, 7, 3], filters: 4, kernel: [2, 3], stride: [1, 2], padding: 'same' },
  { x: [2, 8, 6, 3], filters: 3, kernel: [4, 1], stride: [3, 2], padding: 'same' },
  { x: [2, 5, 6, 4], filters: 12, kernel: [3, 3], stride: [1, 1], padding: 'same' },
  { x: [3, 7, 6, 4], filters: 1, kernel: [2, 2], stride: [1, 1], padding: 'valid' },
  { x: [2, 6, 6, 4], filters: 8, kernel: [3, 3], stride: [2, 2], padding: 'same' },
  { x: [1, 4, 5, 32], filters: 16, kernel: [3, 3], stride: [1, 1], padding: 'same' },
];

async function check(
  pass: Conv2dPass,
  { x: shape, filters, kernel, stride, padding }: Case,
  chosen: Tile,
  epilogue: Epilogue = {},
): Promise<void> {
  const [images, height, width, channels] = shape;
  const window = windowGeometry([height, width], kernel, stride, padding, 'conv2d');
  const geometry: Conv2dGeometry = {
    ...window,
    images,
    height,
    width,
    channels,
    filters,
    kernelHeight: kernel[0],
    kernelWidth: kernel[1],
  };
  const x = single(shape, 'x');
  const filter = single([...kernel, channels, filters], 'filter');
  const dy = single([images, window.outputHeight, window.outputWidth, filters], 'dy');
  const dFilter = Tensor.zeros('float64', filter.shape, 'dFilter');
  const ops = new EagerOps();
  const options = { stride, padding };
  const taps = kernel[0] * kernel[1];
  const { kernels, scratch } = conv2dKernels(pass, geometry, chosen, epilogue);
  const common = { kernels, scratch, epilogue, label: kernels.map(({ name }) => name).join(', ') };
  if (pass === 'forward') {
    const c = ops.conv2d(x, filter, options);
    await assertProduct({ ...common, a: x, b: filter, c, k: taps * channels });
  } else if (pass === 'backwardInput') {
    const c = ops.conv2dBackwardInput(dy, filter, shape, options);
    await assertProduct({ ...common, a: dy, b: filter, c, k: taps * filters });
  } else {
    ops.conv2dBackwardFilter(x, dy, { ...options, out: dFilter });
    await assertProduct({ ...common, a: x, b: dy, c: dFilter, k: dy.size / filters });
  }
}

const relu: Epilogue = { bias: true, activation: (value) => `max(${value}, 0.0)` };
const reluGradient: Epilogue = { mask: (kept, value) => `select(0.0, ${value}, ${kept} > 0.0)` };

testOnDevice('forward, with bias and ReLU', async () => {
  for (const each of cases) await check('forward', each, tile, relu);
});

testOnDevice('the gradient of the input, with the mask of a ReLU', async () => {
  for (const each of cases) await check('backwardInput', each, tile, reluGradient);
});

testOnDevice('the gradient of the filter, with that of the bias', async () => {
  for (const each of cases) await check('backwardFilter', each, tile, { columnSums: true });
});

testOnDevice('slices, parts and prefetching in all passes', async () => {
  const shared: Tile = { ...tile, slices: 4, parts: 3, prefetch: true };
  for (const index of [0, 3, 4]) {
    await check('forward', cases[index]!, shared, relu);
    await check('backwardInput', cases[index]!, shared, reluGradient);
    await check('backwardFilter', cases[index]!, shared, { columnSums: true });
  }
});

test.after(closeDevice);
test.run();
