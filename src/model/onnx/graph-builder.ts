import type { Shape } from '../../tensor/shape.ts';
import type { Attributes, Graph, Initializer, Node, ValueInfo } from './messages.ts';

type MutableNode = { -readonly [Field in keyof Node]: Node[Field] };

/** The dimension that is as large as the batch. */
const batch = 'N';

/** Collects nodes and gives them names: each is called after its layer and its type, `conv2d_1/Conv`, as its output is. */
export class GraphBuilder {
  /** What the names of the nodes to come begin with. */
  layer = '';
  readonly #nodes: MutableNode[] = [];
  readonly #values = new Map<string, ValueInfo>();
  readonly #initializers = new Map<string, Initializer>();
  readonly #inputs: ValueInfo[] = [];
  readonly #outputs: ValueInfo[] = [];

  /** `shape` is that of one example, here and below. */
  input(name: string, shape: Shape, documentation: string): string {
    this.#inputs.push({ name, shape: [batch, ...shape], documentation });
    return name;
  }

  /** Adds a node with one output, and returns the name of this. */
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

  /** Gives the bias to the product or convolution that made `value`; false if that has one, or is something else. */
  addBias(value: string, bias: string): boolean {
    const producer = this.#nodes.find(({ outputs }) => outputs[0] === value);
    if (producer === undefined || !['Conv', 'Gemm'].includes(producer.type)) return false;
    if (producer.inputs.length > 2) return false;
    producer.inputs = [...producer.inputs, bias];
    return true;
  }

  /** Makes a value a result of the graph, under a name of its own. */
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
