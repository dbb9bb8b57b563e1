/** Operations that follow each other in networks, which engines may compute together. */
import { SoftmaxCrossEntropy } from '../../../src/layers/softmax-cross-entropy.ts';
import { EagerOps } from '../../../src/tensor/reference/eager.ts';
import type { Shape } from '../../../src/tensor/shape.ts';
import { type FloatType, Tensor } from '../../../src/tensor/tensor.ts';
import { randomTensor } from '../random-tensor.ts';
import { floats, integers, type OperationCase, times } from './case.ts';

/** Sizes of a product with vectors of four columns and without. */
const products = [
  [13, 10, 8],
  [7, 33, 5],
] as const;

/** A dense layer, forward and backward. */
function denseCases(m: number, k: number, n: number): OperationCase[] {
  const what = `of a product ${m}×${k}×${n}`;
  const make = (dtype: FloatType): { x: Tensor; weight: Tensor; bias: Tensor; dy: Tensor } => ({
    x: randomTensor<FloatType>(dtype, [m, k], 'x'),
    weight: randomTensor<FloatType>(dtype, [k, n], 'weight'),
    bias: randomTensor<FloatType>(dtype, [n], 'bias'),
    dy: randomTensor<FloatType>(dtype, [m, n], 'dy'),
  });
  return [
    {
      name: `bias ${what}`,
      build: (dtype) => {
        const { x, weight, bias } = make(dtype);
        return { cancels: true, compute: (ops) => [ops.addBias(ops.matmul(x, weight), bias)] };
      },
    },
    ...(['relu', 'leakyRelu'] as const).map((name): OperationCase => ({
      name: `bias and ${name} ${what}`,
      build: (dtype) => {
        const { x, weight, bias } = make(dtype);
        return {
          cancels: true,
          compute: (ops) => [ops.elementwise(ops.addBias(ops.matmul(x, weight), bias), name, 0.1)],
        };
      },
    })),
    {
      name: `mask ${what}`,
      build: (dtype) => {
        const { x, weight, dy } = make(dtype);
        return {
          cancels: true,
          compute: (ops) => [
            ops.elementwiseBackward(x, ops.matmul(dy, weight, { transposeB: true }), 'relu'),
          ],
        };
      },
    },
    {
      name: `column sums ${what}`,
      build: (dtype) => {
        const { x, dy } = make(dtype);
        return {
          cancels: true,
          compute: (ops) => [ops.matmul(x, dy, { transposeA: true }), ops.sumRows(dy)],
        };
      },
    },
  ];
}

/** A convolution, forward and backward, with three channels and with eight. */
function convolutionCases(image: Shape, filters: number): OperationCase[] {
  const what = `of a convolution ${times(image)} to ${filters}`;
  const options = { stride: [1, 2], padding: 'same' } as const;
  const make = (dtype: FloatType): { x: Tensor; filter: Tensor; bias: Tensor; dy: Tensor } => {
    const x = randomTensor<FloatType>(dtype, image, 'x');
    const filter = randomTensor<FloatType>(dtype, [3, 2, image.at(-1)!, filters], 'filter');
    const { shape } = new EagerOps().conv2d(x, filter, options);
    const bias = randomTensor<FloatType>(dtype, [filters], 'bias');
    return { x, filter, bias, dy: randomTensor<FloatType>(dtype, shape, 'dy') };
  };
  return [
    {
      name: `bias and relu ${what}`,
      build: (dtype) => {
        const { x, filter, bias } = make(dtype);
        return {
          cancels: true,
          compute: (ops) => [ops.elementwise(ops.addBias(ops.conv2d(x, filter, options), bias), 'relu')],
        };
      },
    },
    {
      name: `mask ${what}`,
      build: (dtype) => {
        const { x, filter, dy } = make(dtype);
        return {
          cancels: true,
          compute: (ops) => [
            ops.elementwiseBackward(x, ops.conv2dBackwardInput(dy, filter, image, options), 'relu'),
          ],
        };
      },
    },
    {
      name: `channel sums ${what}`,
      build: (dtype) => {
        const { x, filter, dy } = make(dtype);
        const dFilter: Tensor = Tensor.zeros<FloatType>(dtype, filter.shape, 'dFilter');
        return {
          cancels: true,
          changed: [dFilter],
          compute: (ops) => {
            ops.conv2dBackwardFilter(x, dy, { ...options, out: dFilter });
            return [ops.sumRows(dy)];
          },
        };
      },
    },
  ];
}

/** ReLU and max-pooling, which may change places, and back. */
function poolCases(image: Shape): OperationCase[] {
  const size = [2, 2] as const;
  const options = { padding: 'same' } as const;
  return [
    {
      name: `relu of max-pooling ${times(image)}`,
      build: (dtype) => {
        const x = randomTensor<FloatType>(dtype, image, 'x');
        return {
          exact: true,
          compute: (ops) => [ops.elementwise(ops.maxPool2d(x, size, options).y, 'relu')],
        };
      },
    },
    {
      name: `relu, max-pooling and back ${times(image)}`,
      build: (dtype) => {
        const x = randomTensor<FloatType>(dtype, image, 'x');
        const { shape } = new EagerOps().maxPool2d(x, size, options).y;
        const dy = randomTensor<FloatType>(dtype, shape, 'dy');
        return {
          exact: true,
          compute(ops) {
            // as behind a layer: the result of ReLU is a temporary, and so is its input
            const before = ops.multiply(x, x);
            const kept = ops.elementwise(ops.add(before, x), 'relu');
            const { y, argmax } = ops.maxPool2d(kept, size, options);
            const back = ops.maxPool2dBackward(dy, argmax, image, size, options);
            return [y, ops.elementwiseBackward(kept, back, 'relu')];
          },
        };
      },
    },
  ];
}

/** The gradient of a filter from the gradient behind a pool, whose windows lie inside the image or not. */
function pooledFilterCase(image: Shape, filters: number, kernel: readonly [number, number]): OperationCase {
  const size = [2, 2] as const;
  const [images, height, width, channels] = image as [number, number, number, number];
  const same = { padding: 'same' } as const;
  return {
    name: `gradient of ${filters} filters ${times(kernel)} behind max-pooling ${times(image)}`,
    build: (dtype) => {
      const x = randomTensor<FloatType>(dtype, image, 'x');
      const y = randomTensor<FloatType>(dtype, [images, height, width, filters], 'y');
      const pooled = new EagerOps().maxPool2d(y, size, same);
      const dy = randomTensor<FloatType>(dtype, pooled.y.shape, 'dy');
      const dFilter: Tensor = Tensor.zeros<FloatType>(dtype, [...kernel, channels, filters], 'dFilter');
      return {
        cancels: true,
        changed: [dFilter],
        compute(ops) {
          const back = ops.maxPool2dBackward(dy, pooled.argmax, y.shape, size, same);
          const sums = ops.sumRows(dy);
          ops.conv2dBackwardFilter(x, back, { ...same, out: dFilter });
          return [sums];
        },
      };
    },
  };
}

/** The gradient of the input of a 3×3 convolution, behind ReLU. */
function maskedInputCase(image: Shape, filters: number): OperationCase {
  const same = { padding: 'same' } as const;
  return {
    name: `mask of the input of a convolution ${times(image)} to ${filters}`,
    build: (dtype) => {
      const kept = randomTensor<FloatType>(dtype, image, 'kept');
      const filter = randomTensor<FloatType>(dtype, [3, 3, image.at(-1)!, filters], 'filter');
      const dy = randomTensor<FloatType>(dtype, [...image.slice(0, -1), filters], 'dy');
      return {
        cancels: true,
        compute: (ops) => [
          ops.elementwiseBackward(kept, ops.conv2dBackwardInput(dy, filter, image, same), 'relu'),
        ],
      };
    },
  };
}

/** A convolution and what follows it, up to the pool. */
function pooledConvCase(image: Shape, filters: number, kernel: readonly [number, number]): OperationCase {
  const same = { padding: 'same' } as const;
  return {
    name: `convolution ${times(kernel)} to ${filters}, bias, max-pooling and relu ${times(image)}`,
    build: (dtype) => {
      const x = randomTensor<FloatType>(dtype, image, 'x');
      const filter = randomTensor<FloatType>(dtype, [...kernel, image.at(-1)!, filters], 'filter');
      const bias = randomTensor<FloatType>(dtype, [filters], 'bias');
      return {
        cancels: true,
        compute(ops) {
          const before = ops.addBias(ops.conv2d(x, filter, same), bias);
          const { y, argmax } = ops.maxPool2d(before, [2, 2], same);
          return [ops.elementwise(y, 'relu'), argmax];
        },
      };
    },
  };
}

/** From logits to the gradient and the totals of an epoch. */
function headCases(rows: number, classes: number): OperationCase[] {
  return [0, 0.1].flatMap((smoothing) =>
    [false, true].map((weighted): OperationCase => {
      const special = `${smoothing > 0 ? ', smoothed' : ''}${weighted ? ', weighted' : ''}`;
      return {
        name: `loss, gradient and totals ${rows}×${classes}${special}`,
        build: (dtype) => {
          const logits = randomTensor<FloatType>(dtype, [rows, classes], 'logits');
          const labels = integers('labels', ...Array.from({ length: rows }, (_, i) => (i * 7) % classes));
          const weights = floats(
            dtype,
            [classes],
            Array.from({ length: classes }, (_, i) => 0.5 + i),
            'weights',
          );
          const lossTotal = floats(dtype, [1], [3], 'lossTotal');
          const correctTotal = floats(dtype, [1], [5], 'correctTotal');
          return {
            changed: [lossTotal, correctTotal],
            compute(ops) {
              const head = new SoftmaxCrossEntropy(smoothing, weighted ? weights : undefined);
              const { loss, predictions: probabilities } = head.forward(ops, logits, labels);
              const dLogits = head.backward(ops);
              ops.addScaled(lossTotal, loss, rows);
              ops.addScaled(correctTotal, ops.countEqual(ops.argmax(probabilities), labels), 1);
              return [dLogits];
            },
          };
        },
      };
    }),
  );
}

/** Parameters of an optimizer, more than one kernel has buffers for; weight decay for every second. */
const parameterShapes: readonly Shape[] = [[3, 5], [5], [4, 8], [8], [1], [70, 3], [3]];

const updateCases: readonly OperationCase[] = (['sgdUpdate', 'adamUpdate'] as const).map((kind) => ({
  name: `${kind} of ${parameterShapes.length} parameters`,
  build: (dtype) => {
    const coefficients = floats(dtype, [2], [0.01, 0.002], 'coefficients');
    const make = (shape: Shape, name: string): Tensor => randomTensor<FloatType>(dtype, shape, name);
    const parameters = parameterShapes.map((shape, index) => {
      const [weight, gradient] = [make(shape, `weight ${index}`), make(shape, `gradient ${index}`)];
      const [m, v] = [make(shape, `m ${index}`), make(shape, `v ${index}`)];
      for (let i = 0; i < v.size; i++) v.values[i] = 1e-3 * v.values[i]! ** 2;
      return { weight, gradient, m, v, coefficients };
    });
    return {
      changed: parameters.flatMap(({ weight, m, v }) =>
        kind === 'adamUpdate' ? [weight, m, v] : [weight, m],
      ),
      compute(ops) {
        for (const [index, parameter] of parameters.entries()) {
          const decoupledDecay = index % 2 === 0;
          if (kind === 'adamUpdate') {
            ops.adamUpdate(parameter, { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, decoupledDecay });
          } else {
            const { weight, gradient, m: velocity } = parameter;
            const operands = { weight, gradient, velocity, coefficients };
            ops.sgdUpdate(operands, { momentum: 0.9, nesterov: true, decoupledDecay });
          }
        }
        return [];
      },
    };
  },
}));

function batchCase(image: Shape, count: number, batch: number): OperationCase {
  const size = image.reduce((a, b) => a * b);
  return {
    name: `a batch of ${batch} of ${count}, ${times(image)}`,
    build: () => {
      const bytes = Uint8Array.from({ length: count * size }, (_, i) => (i * 37) % 256);
      const images = Tensor.from('uint8', [count, ...image], bytes, 'images');
      const labels = Tensor.from(
        'uint8',
        [count],
        Uint8Array.from({ length: count }, (_, i) => i % 10),
        'labels',
      );
      const indices = integers('indices', ...Array.from({ length: batch }, (_, i) => (i * 5 + 3) % count));
      return {
        compute: (ops) => [ops.gatherImages(images, indices, 1 / 255), ops.gatherLabels(labels, indices)],
      };
    },
  };
}

export const fusedCases: readonly OperationCase[] = [
  ...products.flatMap(([m, k, n]) => denseCases(m, k, n)),
  ...convolutionCases([2, 5, 6, 3], 5),
  ...convolutionCases([3, 4, 5, 8], 12),
  ...poolCases([2, 7, 5, 3]),
  ...poolCases([1, 4, 6, 8]),
  maskedInputCase([3, 7, 9, 16], 32),
  maskedInputCase([5, 14, 14, 32], 16),
  pooledConvCase([3, 4, 6, 1], 32, [3, 3]),
  pooledConvCase([2, 6, 4, 3], 16, [3, 2]),
  pooledConvCase([2, 2, 8, 2], 48, [1, 3]),
  pooledConvCase([2, 5, 7, 1], 16, [3, 3]), // windows beyond the image
  pooledConvCase([2, 4, 4, 1], 5, [3, 3]), // no whole panel of filters
  pooledFilterCase([3, 4, 6, 1], 32, [3, 3]),
  pooledFilterCase([2, 6, 4, 3], 16, [3, 2]),
  pooledFilterCase([2, 2, 8, 2], 8, [1, 3]),
  pooledFilterCase([2, 5, 7, 1], 16, [3, 3]), // windows beyond the image
  pooledFilterCase([2, 4, 4, 1], 5, [3, 3]), // no whole panel of filters
  ...headCases(13, 7),
  ...headCases(65, 10),
  ...updateCases,
  batchCase([5, 3], 11, 6),
  batchCase([4, 4], 7, 9),
];
