import type { Shape } from '../../tensor/shape.ts';
import type { Attributes, Graph, Initializer, Node, ValueInfo } from './messages.ts';

type MutableNode = { -readonly [Field in keyof Node]: Node[Field] };

/** The name of the first dimension, whose size is that of the batch. */
const batch = 'N';

/** Collects the nodes of a graph. A node and its output have the name of the layer and of the node's type: `conv2d_1/Conv`. */
export class GraphBuilder {
  /** The layer that the next nodes belong to; their names begin with it. */
  layer = '';
  readonly #nodes: MutableNode[] = [];
  readonly #values = new Map<string, ValueInfo>();
  readonly #initializers = new Map<string, Initializer>();
  readonly #inputs: ValueInfo[] = [];
  readonly #outputs: ValueInfo[] = [];

  /** Adds an input. Here and below, `shape` is the shape of one example. */
  input(name: string, shape: Shape, documentation: string): string {
    this.#inputs.push({ name, shape: [batch, ...shape], documentation });
    return name;
  }

  /** Adds a node with one output, and returns the output's name. */
  node(type: string, inputs: readonly string[], shape: Shape, attributes: Attributes = {}): string {
    let name = `${this.layer}/${type}`;
    for (let count = 2; this.#values.has(name); count++) name = `${this.layer}/${type}_${count}`;
    this.#nodes.push({ name, type, inputs, outputs: [name], attributes });
    this.#values.set(name, { name, shape: [batch, ...shape] });
    return name;
  }

  constant(name: string, shape: Shape, values: Initializer['values']): string {
    if (!this.#initializers.has(name)) this.#initializers.set(name, { name, shape, values });
    return name;
  }

  /** Gives the product or convolution that made `value` a bias; false if another node made it, or it has a bias already. */
  addBias(value: string, bias: string): boolean {
    const producer = this.#nodes.find(({ outputs }) => outputs[0] === value);
    if (producer === undefined || !['Conv', 'Gemm'].includes(producer.type)) return false;
    if (producer.inputs.length > 2) return false;
    producer.inputs = [...producer.inputs, bias];
    return true;
  }

  /** Makes a value a result of the graph, and renames it. */
  output(value: string, name: string, documentation: string): void {
    const { shape } = this.#values.get(value)!;
    const renamed = (names: readonly string[]): string[] => names.map((n) => (n === value ? name : n));
    for (const node of this.#nodes) {
      node.inputs = renamed(node.inputs);
      node.outputs = renamed(node.outputs);
    }
    this.#values.delete(value);
    this.#outputs.push({ name, shape, documentation });
  }

  finish(name: string): Graph {
    return {
      name,
      nodes: this.#nodes,
      initializers: [...this.#initializers.values()],
      inputs: this.#inputs,
      outputs: this.#outputs,
      values: [...this.#values.values()],
    };
  }
}
