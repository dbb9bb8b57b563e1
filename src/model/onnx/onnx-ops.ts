import type { Operation, OperationKind, PoolConstants } from '../../tensor/operation.ts';
import { Ops } from '../../tensor/ops.ts';
import { sameShape, type Shape, sizeOf } from '../../tensor/shape.ts';
import { type DataType, Storage, Tensor } from '../../tensor/tensor.ts';
import type { WindowConstants } from '../../tensor/window.ts';
import type { NamedValues } from '../safetensors.ts';
import type { GraphBuilder } from './graph-builder.ts';
import { elementwiseNodes } from './elementwise-nodes.ts';
import type { Attributes } from './messages.ts';

/**
 * The order of a value's dimensions: [n, h, w, c], as everywhere in weft, or [n, c, h, w], for which ONNX defines
 * convolution, pooling and batch normalization.
 */
type Order = 'channelsLast' | 'channelsFirst';

/** A value of the graph: its shape with the channels last, and its name in each order that the graph has it in. */
interface Value {
  readonly shape: Shape;
  readonly names: Map<Order, string>;
}

/**
 * Computes nothing: translates each operation of a forward pass into nodes of an ONNX graph. A value changes the order of
 * its dimensions only where a node needs another one: at the first convolution, say, and before `flatten`, after which
 * the dense weights expect the channels last. The operations have a batch of one example; the graph has a batch of N.
 */
export class OnnxOps extends Ops {
  readonly #graph: GraphBuilder;
  readonly #weights: ReadonlyMap<string, NamedValues>;
  /** The values of each storage, one for each shape that it has had. */
  readonly #values = new Map<Storage, Value[]>();

  constructor(graph: GraphBuilder, weights: ReadonlyMap<string, NamedValues>) {
    super();
    this.#graph = graph;
    this.#weights = weights;
  }

  /** Adds an input to the graph. `shape` is the shape of one example. */
  input(name: string, shape: Shape, documentation: string): Tensor {
    const tensor: Tensor = this.output('float32', [1, ...shape]);
    this.#graph.input(name, shape, documentation);
    this.#values.set(tensor.storage, [{ shape: tensor.shape, names: new Map([['channelsLast', name]]) }]);
    return tensor;
  }

  /** The name in the graph of a value with the channels last. */
  nameOf(tensor: Tensor): string {
    return this.#name(tensor, 'channelsLast');
  }

  /** Adds the node of a reshaped tensor now, so that it has the name of the layer that reshaped it. */
  settle(tensor: Tensor): Tensor {
    this.#value(tensor);
    return tensor;
  }

  protected override output<D extends DataType>(dtype: D, shape: Shape): Tensor<D> {
    return new Tensor(shape, new Storage(dtype, sizeOf(shape), null), 'value');
  }

  protected override emit<K extends OperationKind>(operation: Operation<K>): void {
    const lowering = this.#lowerings[operation.kind];
    if (lowering === undefined)
      throw new Error(`${operation.kind} has no counterpart among the nodes of ONNX`);
    lowering(operation);
  }

  readonly #lowerings: { readonly [K in OperationKind]?: (operation: Operation<K>) => void } = {
    matmul: ({ inputs: { a, b }, outputs: { c }, constants: { transposeA, transposeB } }) => {
      const attributes = { transA: { int: Number(transposeA) }, transB: { int: Number(transposeB) } };
      this.#define(c, 'channelsLast', 'Gemm', [this.nameOf(a), this.#weight(b)], attributes);
    },
    conv2d: ({ inputs: { x, filter }, outputs: { y }, constants }) => {
      const [height, width] = filter.shape as [number, number];
      const operands = [this.#name(x, 'channelsFirst'), this.#filter(filter)];
      const attributes = windowAttributes(x.shape, y.shape, { ...constants, height, width });
      this.#define(y, 'channelsFirst', 'Conv', operands, attributes);
    },
    addBias: ({ inputs: { x, bias }, outputs: { y } }) => {
      const value = this.#name(x, this.#orderOf(x));
      // a product's node takes the bias as well: no layer reads the product without it
      if (this.#graph.addBias(value, this.#weight(bias)))
        this.#values.set(y.storage, this.#values.get(x.storage)!);
      else this.#define(y, 'channelsLast', 'Add', [this.nameOf(x), this.#weight(bias)]);
    },
    maxPool2d: ({ inputs: { x }, outputs: { y }, constants }) => {
      const attributes = windowAttributes(x.shape, y.shape, constants);
      this.#define(y, 'channelsFirst', 'MaxPool', [this.#name(x, 'channelsFirst')], attributes);
    },
    averagePool2d: ({ inputs: { x }, outputs: { y }, constants }) => {
      const attributes = { ...windowAttributes(x.shape, y.shape, constants), count_include_pad: { int: 0 } };
      this.#define(y, 'channelsFirst', 'AveragePool', [this.#name(x, 'channelsFirst')], attributes);
    },
    batchNorm: ({ inputs: { x, gamma, beta, mean, variance }, outputs: { y }, constants: { epsilon } }) => {
      const weights = [gamma, beta, mean, variance].map((tensor) => this.#weight(tensor));
      const operands = [this.#name(x, 'channelsFirst'), ...weights];
      this.#define(y, 'channelsFirst', 'BatchNormalization', operands, { epsilon: { float: epsilon } });
    },
    elementwise: ({ inputs: { x }, outputs: { y }, constants }) => {
      const order = this.#orderOf(x);
      const shape = ordered(y.shape, order).slice(1);
      const last = elementwiseNodes[constants.function](this.#name(x, order), constants.parameter, {
        node: (type, inputs) => this.#graph.node(type, inputs, shape),
        number: (value) => this.#graph.constant(`numbers/${value}`, [1], Float32Array.of(value)),
      });
      this.#define(y, order, last.type, last.inputs, last.attributes);
    },
    add: ({ inputs: { a, b }, outputs: { y } }) => {
      const order = this.#orderOf(a);
      this.#define(y, order, 'Add', [this.#name(a, order), this.#name(b, order)]);
    },
    softmax: ({ inputs: { logits }, outputs: { probabilities } }) => {
      this.#define(probabilities, 'channelsLast', 'Softmax', [this.nameOf(logits)], { axis: { int: -1 } });
    },
  };

  /** Adds a node whose output is the tensor in an order. */
  #define(
    { storage, shape }: Tensor,
    order: Order,
    type: string,
    inputs: readonly string[],
    attributes: Attributes = {},
  ): void {
    const name = this.#graph.node(type, inputs, ordered(shape, order).slice(1), attributes);
    this.#values.set(storage, [{ shape, names: new Map([[order, name]]) }]);
  }

  /** An order that the graph has the tensor in: an operation on single elements takes any. */
  #orderOf(tensor: Tensor): Order {
    return this.#value(tensor).names.has('channelsFirst') ? 'channelsFirst' : 'channelsLast';
  }

  /** The name of a value in an order. Where the graph lacks it, a node transposes the value. */
  #name(tensor: Tensor, wanted: Order): string {
    const { shape, names } = this.#value(tensor);
    const order: Order = names.has(wanted) ? wanted : [...names.keys()][0]!;
    const name = names.get(order)!;
    if (order === wanted || shape.length <= 2) return name;
    const axes = shape.map((_, axis) => axis);
    const perm = wanted === 'channelsFirst' ? ordered(axes, wanted) : [0, ...axes.slice(2), 1];
    const moved = this.#graph.node('Transpose', [name], ordered(shape, wanted).slice(1), {
      perm: { ints: perm },
    });
    names.set(wanted, moved);
    return moved;
  }

  /** The value of a tensor under its shape. Where the storage has had other shapes only, a node reshapes it. */
  #value({ storage, shape }: Tensor): Value {
    const values = this.#values.get(storage)!;
    const known = values.find((value) => sameShape(value.shape, shape));
    if (known !== undefined) return known;
    const source = this.nameOf(new Tensor(values[0]!.shape, storage, 'value'));
    // in a Reshape, 0 keeps the size of a dimension: that of the batch
    const sizes = BigInt64Array.from([0, ...shape.slice(1)], BigInt);
    const target = this.#graph.constant(`sizes/${sizes.join(',')}`, [shape.length], sizes);
    const name = this.#graph.node('Reshape', [source, target], shape.slice(1));
    const value = { shape, names: new Map<Order, string>([['channelsLast', name]]) };
    values.push(value);
    return value;
  }

  /** A weight; or a tensor that is no weight, since its values never change. */
  #weight(tensor: Tensor): string {
    const { shape, values } = this.#weights.get(tensor.name) ?? tensor;
    return this.#graph.constant(tensor.name, shape, Float32Array.from(values));
  }

  /** A filter [kh, kw, c, o] in the order of ONNX, [o, c, kh, kw]. */
  #filter({ name }: Tensor): string {
    const { shape, values } = this.#weights.get(name)!;
    const [height, width, channels, filters] = shape as [number, number, number, number];
    const taps = height * width;
    const moved = new Float32Array(values.length);
    for (let tap = 0; tap < taps; tap++) {
      for (let c = 0; c < channels; c++) {
        for (let o = 0; o < filters; o++) {
          moved[(o * channels + c) * taps + tap] = values[(tap * channels + c) * filters + o]!;
        }
      }
    }
    return this.#graph.constant(name, [filters, channels, height, width], moved);
  }
}

/** [n, …, c] in the given order. */
function ordered(shape: Shape, order: Order): Shape {
  return order === 'channelsLast' || shape.length <= 2
    ? shape
    : [shape[0]!, shape.at(-1)!, ...shape.slice(1, -1)];
}

/** The attributes of a window: size, strides, and padding on all four sides; `input` and `output` are [n, h, w, …]. */
function windowAttributes(
  input: Shape,
  output: Shape,
  window: WindowConstants & Pick<PoolConstants, 'height' | 'width'>,
): Attributes {
  const { height, width, strideY, strideX, padTop, padLeft } = window;
  // the last window ends (outputs − 1) · stride + size pixels after the first begins
  const after = (axis: 1 | 2, size: number, stride: number, before: number): number =>
    Math.max((output[axis]! - 1) * stride + size - input[axis]! - before, 0);
  const [padBottom, padRight] = [after(1, height, strideY, padTop), after(2, width, strideX, padLeft)];
  return {
    kernel_shape: { ints: [height, width] },
    strides: { ints: [strideY, strideX] },
    pads: { ints: [padTop, padLeft, padBottom, padRight] },
  };
}
