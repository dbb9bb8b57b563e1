import { inputsOf, type Operation, outputsOf } from './operation.ts';
import { formatShape } from './shape.ts';
import { type DataType, Storage, Tensor } from './tensor.ts';

/** The first and the last operation that touch a temporary, as indices into `operations`. */
export interface UseSpan {
  first: number;
  last: number;
}

/**
 * A list of operations on named tensors, in order: everything one training step or one evaluation does.
 * Shapes are static, so that an engine can place every tensor and generate every kernel ahead of time.
 */
export class Program {
  readonly name: string;
  readonly operations: readonly Operation[];
  /** Results that can be read after a run; all other temporaries may be overwritten. */
  readonly outputs: readonly Tensor<DataType>[];

  /** Drops the operations whose results nobody reads, such as the gradient of the images. */
  constructor(name: string, operations: readonly Operation[], outputs: readonly Tensor<DataType>[]) {
    this.name = name;
    this.outputs = outputs;
    this.operations = withoutDeadOperations(operations, outputs);
  }

  /** The tensors that live on between runs: weights, optimizer state, the data, the inputs of the step. */
  persistentTensors(): readonly Tensor<DataType>[] {
    const byStorage = new Map<Storage, Tensor<DataType>>();
    for (const operation of this.operations) {
      for (const tensor of [...inputsOf(operation), ...outputsOf(operation)]) {
        if (tensor.storage.persistent && !byStorage.has(tensor.storage))
          byStorage.set(tensor.storage, tensor);
      }
    }
    return [...byStorage.values()];
  }

  /**
   * The same program, of which these tensors are temporaries: their values are gone after a run, so that an engine need not
   * store what it can use at once.
   */
  withTemporaries(tensors: readonly Tensor<DataType>[]): Program {
    const temporaries = new Map<Storage, Storage>(
      tensors.map(({ storage }) => [storage, new Storage(storage.dtype, storage.length, null)]),
    );
    const replace = (operands: Readonly<Record<string, Tensor<DataType>>>): object =>
      Object.fromEntries(
        Object.entries(operands).map(([key, tensor]) => {
          const storage = temporaries.get(tensor.storage);
          return [key, storage ? new Tensor(tensor.shape, storage, tensor.name) : tensor];
        }),
      );
    const operations = this.operations.map(
      (operation) =>
        ({
          ...operation,
          inputs: replace(operation.inputs),
          outputs: replace(operation.outputs),
        }) as Operation,
    );
    return new Program(this.name, operations, this.outputs);
  }

  /** For each temporary, when it is in use. Outputs stay in use to the end. */
  lifetimes(): ReadonlyMap<Storage, UseSpan> {
    const spans = new Map<Storage, UseSpan>();
    const touch = (storage: Storage, index: number): void => {
      if (storage.persistent) return;
      const span = spans.get(storage);
      if (span) span.last = Math.max(span.last, index);
      else spans.set(storage, { first: index, last: index });
    };
    for (const [index, operation] of this.operations.entries()) {
      for (const tensor of [...inputsOf(operation), ...outputsOf(operation)]) touch(tensor.storage, index);
    }
    for (const output of this.outputs) touch(output.storage, this.operations.length);
    return spans;
  }

  /** One line for each operation: results, kind, operands with their shapes, constants. */
  toString(): string {
    const lines = this.operations.map((operation, index) => {
      const outputs = outputsOf(operation).map(describe).join(', ');
      const inputs = inputsOf(operation).map(describe).join(', ');
      const constants = Object.entries(operation.constants).filter(([, value]) => value !== false);
      const suffix = constants.map(([key, value]) => (value === true ? key : `${key}=${value}`)).join(', ');
      return `${String(index).padStart(3)}  ${outputs} = ${operation.kind}(${inputs})${suffix && `  {${suffix}}`}`;
    });
    return [`program ${this.name}: ${this.operations.length} operations`, ...lines].join('\n');
  }
}

/** `x [64, 784]`, with the data type unless it is float32. */
function describe({ name, shape, dtype }: Tensor<DataType>): string {
  return `${name} ${formatShape(shape)}${dtype === 'float32' ? '' : ` ${dtype}`}`;
}

/** Walks backwards: an operation is live if it writes a persistent tensor or one that is read later. */
function withoutDeadOperations(
  operations: readonly Operation[],
  outputs: readonly Tensor<DataType>[],
): readonly Operation[] {
  const needed = new Set(outputs.map((tensor) => tensor.storage));
  const live: Operation[] = [];
  for (const operation of operations.toReversed()) {
    const isLive = outputsOf(operation).some(({ storage }) => storage.persistent || needed.has(storage));
    if (!isLive) continue;
    live.push(operation);
    for (const { storage } of inputsOf(operation)) needed.add(storage);
  }
  return live.toReversed();
}
