import { type ElementwiseTable, geluCubic, geluScale } from '../../tensor/elementwise.ts';
import type { Attributes } from './messages.ts';

/** The node whose output is the function's result. */
interface LastNode {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly attributes?: Attributes;
}

/** Adds to a graph what comes before that node; both functions return the name of the value. */
interface Builder {
  readonly node: (type: string, inputs: readonly string[]) => string;
  /** A constant. */
  readonly number: (value: number) => string;
}

/**
 * The nodes of each elementwise function, given the name of x. ONNX has a node Gelu since operator set 20, and none for
 * silu: both are made of basic nodes.
 */
export const elementwiseNodes: ElementwiseTable<
  (x: string, parameter: number, builder: Builder) => LastNode
> = {
  relu: (x) => ({ type: 'Relu', inputs: [x] }),
  leakyRelu: (x, slope) => ({ type: 'LeakyRelu', inputs: [x], attributes: { alpha: { float: slope } } }),
  elu: (x, alpha) => ({ type: 'Elu', inputs: [x], attributes: { alpha: { float: alpha } } }),
  sigmoid: (x) => ({ type: 'Sigmoid', inputs: [x] }),
  tanh: (x) => ({ type: 'Tanh', inputs: [x] }),
  silu: (x, _, { node }) => ({ type: 'Mul', inputs: [x, node('Sigmoid', [x])] }),
  // x·σ(2u) with 2u = x·(2k + 2k·0.044715·x²)
  gelu(x, _, { node, number }) {
    const square = node('Mul', [x, x]);
    const cubicPart = node('Mul', [square, number(2 * geluScale * geluCubic)]);
    const u2 = node('Mul', [x, node('Add', [cubicPart, number(2 * geluScale)])]);
    return { type: 'Mul', inputs: [x, node('Sigmoid', [u2])] };
  },
};
