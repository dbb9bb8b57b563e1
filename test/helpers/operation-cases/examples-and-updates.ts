/** What begins and ends a training step: batches of the data set, random masks, optimizers. */
import type { Shape } from '../../../src/tensor/shape.ts';
import { type FloatType, Tensor } from '../../../src/tensor/tensor.ts';
import { type Fill, fills } from '../../../src/tensor/warp.ts';
import { randomTensor } from '../random-tensor.ts';
import { awkwardShapes, floats, integers, type OperationCase, times } from './case.ts';

/** Rows of the data set in any order, one of them twice. */
function gatherCases(image: Shape, count: number, batch: number): OperationCase[] {
  const size = image.reduce((a, b) => a * b);
  const indices = integers('indices', ...Array.from({ length: batch }, (_, i) => (i * 5 + 5) % count));
  return [
    {
      name: `gatherImages ${batch} of ${count}, ${times(image)}`,
      build: () => {
        const bytes = Uint8Array.from({ length: count * size }, (_, i) => (i * 37) % 256);
        const images = Tensor.from('uint8', [count, ...image], bytes, 'images');
        return { compute: (ops) => [ops.gatherImages(images, indices, 1 / 255)] };
      },
    },
    {
      name: `gatherLabels ${batch} of ${count}, ${times(image)}`,
      build: () => {
        const bytes = Uint8Array.from({ length: count }, (_, i) => (i * 7) % 10);
        const labels = Tensor.from('uint8', [count], bytes, 'labels');
        return { compute: (ops) => [ops.gatherLabels(labels, indices)] };
      },
    },
  ];
}

/** Rows of floats in any order, one of them twice. */
function gatherRowsCase(item: Shape, count: number, batch: number): OperationCase {
  const indices = integers('indices', ...Array.from({ length: batch }, (_, i) => (i * 5 + 5) % count));
  return {
    name: `gatherRows ${batch} of ${count}, ${times(item)}`,
    build: (dtype) => {
      const x = randomTensor<FloatType>(dtype, [count, ...item], 'x');
      return { exact: true, compute: (ops) => [ops.gatherRows(x, indices)] };
    },
  };
}

/** Each image turned a little, moved, mirrored, and a rectangle erased. */
function warpCase(shape: Shape, fill: Fill): OperationCase {
  return {
    name: `warpImages ${times(shape)} ${fill}`,
    build: (dtype) => {
      const images = randomTensor<FloatType>(dtype, shape, 'images');
      const rows = Array.from({ length: shape[0]! }, (_, i) => {
        const mirrored = i % 2 === 0 ? 1 : -1;
        return [mirrored, 0.25, i - 0.5, -0.125, 1, 0.75, 1, 0, 2, 2];
      });
      const transforms = floats(dtype, [shape[0]!, 10], rows.flat(), 'transforms');
      return { compute: (ops) => [ops.warpImages(images, transforms, fill)] };
    },
  };
}

function dropoutCase(shape: Shape): OperationCase {
  const constants = { rate: 0.37, seed: 12, stream: -5 };
  return {
    name: `dropoutMask ${times(shape)}`,
    build: (dtype) => {
      const step = integers('step', 41);
      return { exact: true, compute: (ops) => [ops.dropoutMask(dtype, shape, step, constants)] };
    },
  };
}

const updateShapes = [
  [1, 3],
  [7, 7],
  [13, 15],
] as const;

const decays = [{ decoupledDecay: false }, { decoupledDecay: true }] as const;

function updateCasesOf(shape: Shape): OperationCase[] {
  const make = (dtype: FloatType, name: string): Tensor => randomTensor<FloatType>(dtype, shape, name);
  const coefficientsOf = (dtype: FloatType): Tensor => floats(dtype, [2], [0.01, 0.002], 'coefficients');
  return decays.flatMap((decay) => [
    ...[false, true].map((nesterov): OperationCase => ({
      name: `sgdUpdate ${times(shape)}${nesterov ? ', nesterov' : ''}, ${JSON.stringify(decay)}`,
      build: (dtype) => {
        const [weight, gradient] = [make(dtype, 'weight'), make(dtype, 'gradient')];
        const [velocity, coefficients] = [make(dtype, 'velocity'), coefficientsOf(dtype)];
        return {
          changed: [weight, velocity],
          compute(ops) {
            const operands = { weight, gradient, velocity, coefficients };
            ops.sgdUpdate(operands, { momentum: 0.9, nesterov, ...decay });
            return [];
          },
        };
      },
    })),
    {
      name: `adamUpdate ${times(shape)}, ${JSON.stringify(decay)}`,
      build: (dtype) => {
        const [weight, gradient, m] = [make(dtype, 'weight'), make(dtype, 'gradient'), make(dtype, 'm')];
        const [v, coefficients] = [make(dtype, 'v'), coefficientsOf(dtype)];
        // small, as in the first steps: (1 − β₂)·g² is a large part of the new value
        for (let i = 0; i < v.size; i++) v.values[i] = 1e-3 * v.values[i]! ** 2;
        return {
          changed: [weight, m, v],
          compute(ops) {
            const operands = { weight, gradient, m, v, coefficients };
            ops.adamUpdate(operands, { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, ...decay });
            return [];
          },
        };
      },
    },
  ]);
}

export const exampleCases: readonly OperationCase[] = [
  ...[1, 3, 8, 15, 16, 37].flatMap((pixels) => gatherCases([pixels, 1], 6, 5)),
  ...gatherCases([5, 3], 6, 5),
  ...[1, 2, 3, 4, 7, 8, 37].map((features) => gatherRowsCase([features], 6, 5)),
  gatherRowsCase([5, 3], 6, 7),
  ...fills.flatMap((fill) => [warpCase([4, 5, 7, 3], fill), warpCase([3, 4, 3, 1], fill)]),
  ...awkwardShapes.map(dropoutCase),
];

export const updateCases: readonly OperationCase[] = updateShapes.flatMap(updateCasesOf);

export const exampleSpeedCases: readonly OperationCase[] = [
  ...gatherCases([28, 28, 1], 1000, 64),
  gatherRowsCase([30], 1000, 64),
  ...fills.map((fill) => warpCase([64, 28, 28, 1], fill)),
  dropoutCase([64, 4096]),
];

export const updateSpeedCases: readonly OperationCase[] = updateCasesOf([784, 128]);
