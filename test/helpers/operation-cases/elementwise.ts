import {
  elementwiseFunctions,
  type ElementwiseName,
  elementwiseNames,
} from '../../../src/tensor/elementwise.ts';
import { EagerOps } from '../../../src/tensor/reference/eager.ts';
import type { Shape } from '../../../src/tensor/shape.ts';
import type { FloatType, Tensor } from '../../../src/tensor/tensor.ts';
import { randomTensor } from '../random-tensor.ts';
import {
  awkwardShapes,
  type CaseGradient,
  type CaseSetup,
  floats,
  integers,
  type OperationCase,
  times,
} from './case.ts';

const parameter = 0.3;
/** Numbers of elements that are 0, 1, 6 and 7 above a multiple of the vector width 8. */
const functionShapes: readonly Shape[] = [
  [1, 1],
  [3, 5],
  [5, 8],
  [6, 33],
];
/** Zeros of both signs and numbers up to the largest of float32, where careless kernels give NaN. */
const farFromZero = [0, -0, 1e-3, -1e-3, 9, -9, 50, -50, 90, -90, 1e4, -1e4, 1e20, -1e20, 3e38, -3e38];

function functionCase(name: ElementwiseName, shape: Shape): OperationCase {
  return {
    name: `${name} ${times(shape)}`,
    build: (dtype) => {
      // beyond ±1 functions differ more
      const x = scaled(4, dtype, shape, 'x');
      return { ...forward(name, x), gradient: gradientOf(name, x) };
    },
  };
}

function forward(name: ElementwiseName, x: Tensor): CaseSetup {
  return { compute: (ops) => [ops.elementwise(x, name, parameter)] };
}

function gradientOf(name: ElementwiseName, x: Tensor): CaseGradient {
  return {
    by: [x],
    backward: (ops, [y], dy) => [ops.elementwiseBackward(keptOf(name, x, y as Tensor), dy, name, parameter)],
  };
}

function backwardCase(
  name: ElementwiseName,
  what: string,
  makeX: (dtype: FloatType) => Tensor,
): OperationCase {
  return {
    name: `${name}Backward ${what}`,
    build: (dtype) => {
      const x = makeX(dtype);
      const kept = keptOf(name, x, new EagerOps().elementwise(x, name, parameter));
      const dy = randomTensor<FloatType>(dtype, x.shape, 'dy');
      return { compute: (ops) => [ops.elementwiseBackward(kept, dy, name, parameter)] };
    },
  };
}

function keptOf(name: ElementwiseName, x: Tensor, y: Tensor): Tensor {
  return elementwiseFunctions[name].keeps === 'x' ? x : y;
}

function scaled(factor: number, dtype: FloatType, shape: Shape, name: string): Tensor {
  const tensor: Tensor = randomTensor<FloatType>(dtype, shape, name);
  for (let i = 0; i < tensor.size; i++) tensor.values[i]! *= factor;
  return tensor;
}

function farCases(name: ElementwiseName): OperationCase[] {
  const makeX = (dtype: FloatType): Tensor => floats(dtype, [farFromZero.length], farFromZero, 'x');
  return [
    { name: `${name} far from 0`, build: (dtype) => forward(name, makeX(dtype)) },
    backwardCase(name, 'far from 0', makeX),
  ];
}

function arithmeticCases(shape: Shape): OperationCase[] {
  const pair = (dtype: FloatType): [Tensor, Tensor] => [
    randomTensor<FloatType>(dtype, shape, 'a'),
    randomTensor<FloatType>(dtype, shape, 'b'),
  ];
  return [
    {
      name: `multiply ${times(shape)}`,
      build: (dtype) => {
        const [a, b] = pair(dtype);
        return {
          compute: (ops) => [ops.multiply(a, b)],
          gradient: { by: [a, b], backward: (ops, _, dy) => [ops.multiply(dy, b), ops.multiply(dy, a)] },
        };
      },
    },
    {
      name: `add ${times(shape)}`,
      build: (dtype) => {
        const [a, b] = pair(dtype);
        return {
          compute: (ops) => [ops.add(a, b)],
          gradient: { by: [a, b], backward: (_ops, _, dy) => [dy, dy] },
        };
      },
    },
    {
      name: `addScaled ${times(shape)}`,
      build: (dtype) => {
        const [target, x] = pair(dtype);
        return {
          changed: [target],
          compute: (ops) => {
            ops.addScaled(target, x, 0.7);
            return [];
          },
        };
      },
    },
    addBiasCase(shape),
    clipCase(shape, 7.3),
    weightByClassCase(shape),
  ];
}

function addBiasCase(shape: Shape): OperationCase {
  return {
    name: `addBias ${times(shape)}`,
    build: (dtype) => {
      const x = randomTensor<FloatType>(dtype, shape, 'x');
      const bias = randomTensor<FloatType>(dtype, shape.slice(-1), 'bias');
      return {
        compute: (ops) => [ops.addBias(x, bias)],
        gradient: { by: [x, bias], backward: (ops, _, dy) => [dy, ops.sumRows(dy)] },
      };
    },
  };
}

/** Norms above and below the limit, and 0. */
function clipCase(shape: Shape, square: number): OperationCase {
  return {
    name: `clipByNorm ${times(shape)}, a square of ${square}`,
    build: (dtype) => {
      const target = randomTensor<FloatType>(dtype, shape, 'target');
      const squares = floats(dtype, [1], [square], 'squares');
      return {
        changed: [target],
        compute: (ops) => {
          ops.clipByNorm(target, squares, 2);
          return [];
        },
      };
    },
  };
}

function weightByClassCase(shape: Shape): OperationCase {
  return {
    name: `weightByClass ${times(shape)}`,
    build: (dtype) => {
      const x = randomTensor<FloatType>(dtype, shape, 'x');
      const weights = floats(dtype, [3], [0.5, 0, 7], 'weights');
      const labels = integers('labels', ...Array.from({ length: shape[0]! }, (_, row) => (2 * row) % 3));
      return {
        compute: (ops) => [ops.weightByClass(x, labels, weights)],
        gradient: { by: [x], backward: (ops, _, dy) => [ops.weightByClass(dy, labels, weights)] },
      };
    },
  };
}

function functionCases(name: ElementwiseName): OperationCase[] {
  return functionShapes.flatMap((shape) => [
    functionCase(name, shape),
    backwardCase(name, times(shape), (dtype) => scaled(4, dtype, shape, 'x')),
  ]);
}

export const elementwiseCases: readonly OperationCase[] = [
  ...elementwiseNames.flatMap((name) => [...functionCases(name), ...farCases(name)]),
  ...awkwardShapes.flatMap(arithmeticCases),
  clipCase([7, 7], 0.25),
  clipCase([7, 7], 0),
  weightByClassCase([6]),
  // rows whose position does not divide to a whole number
  addBiasCase([211, 49]),
];

const large = [64, 14 * 14 * 32];

export const elementwiseSpeedCases: readonly OperationCase[] = [
  ...elementwiseNames.flatMap((name) => [
    functionCase(name, large),
    backwardCase(name, times(large), (dtype) => scaled(4, dtype, large, 'x')),
  ]),
  ...arithmeticCases(large),
];
