/**
 * The head of a classifier in one kernel: from logits to the loss, its gradient, the number of right predictions, and
 * the totals. In a program these operations do not stand side by side (the totals come after the backward pass), but
 * none of them depends on the operations in between.
 */
import { type Operation, type OperationKind, outputsOf } from '../../../../tensor/operation.ts';
import type { Storage } from '../../../../tensor/tensor.ts';
import { loss, type LossResult, mostLossRows } from '../../wgsl/loss.ts';
import type { Fused, Lowering } from './rule.ts';

/** @returns null if there are too many rows for one workgroup */
export function lowerLoss(
  first: Operation<'softmaxCrossEntropy'>,
  { graph, mostBuffers }: Lowering,
): Fused | null {
  const { logits, labels } = first.inputs;
  const [rows, columns] = logits.shape as readonly [number, number];
  if (rows > mostLossRows) return null;
  const { losses, probabilities } = first.outputs;
  const { labelSmoothing } = first.constants;
  const operations: Operation[] = [first];
  const results = new Map<Storage, LossResult>([
    [losses.storage, 'losses'],
    [probabilities.storage, 'probabilities'],
  ]);
  let classWeights: Storage | null = null;

  /** Adds an operation of a kind that reads a result and passes a test, if there is one. */
  const take = <K extends OperationKind>(
    kind: K,
    storage: Storage | undefined,
    test: (operation: Operation<K>) => boolean = () => true,
  ): Operation<K> | null => {
    if (storage === undefined) return null;
    const found = graph.readersOf(storage).find((reader) => {
      const fits = reader.kind === kind && test(reader as unknown as Operation<K>);
      return fits && !operations.includes(reader) && graph.canFollow(first, reader, operations);
    });
    if (found === undefined) return null;
    operations.push(found);
    return found as unknown as Operation<K>;
  };
  /**
   * The storage of a result after its rows were multiplied by the weights of their classes, if the program does that.
   */
  const weighted = (storage: Storage | undefined): Storage | undefined => {
    const operation = take('weightByClass', storage, ({ inputs }) => {
      const sameLabels = inputs.labels.storage === labels.storage;
      return sameLabels && (classWeights === null || classWeights === inputs.weights.storage);
    });
    if (operation === null) return storage;
    classWeights = operation.inputs.weights.storage;
    return operation.outputs.y.storage;
  };

  const mean = take('mean', weighted(losses.storage))?.outputs.y.storage;
  if (mean) results.set(mean, 'loss');
  const backward = take('softmaxCrossEntropyBackward', probabilities.storage, ({ inputs, constants }) => {
    return inputs.labels.storage === labels.storage && constants.labelSmoothing === labelSmoothing;
  });
  const dLogits = weighted(backward?.outputs.dLogits.storage);
  if (dLogits) results.set(dLogits, 'dLogits');
  const predictions = take('argmax', probabilities.storage)?.outputs.y.storage;
  if (predictions) results.set(predictions, 'predictions');
  const correct = take('countEqual', predictions, ({ inputs }) => {
    return [inputs.a.storage, inputs.b.storage].includes(labels.storage);
  })?.outputs.count.storage;
  if (correct) results.set(correct, 'correct');
  const lossTotal = take('addScaled', mean, ({ inputs, constants }) => {
    return inputs.x.storage === mean && constants.scale === rows;
  });
  if (lossTotal) results.set(lossTotal.outputs.target.storage, 'lossTotal');
  const correctTotal = take('addScaled', correct, ({ inputs, constants }) => {
    return inputs.x.storage === correct && constants.scale === 1;
  });
  if (correctTotal) results.set(correctTotal.outputs.target.storage, 'correctTotal');

  const written = operations.flatMap(outputsOf).map(({ storage }) => storage);
  const needed = [...results].filter(
    ([storage]) => written.includes(storage) && graph.isNeededBesides(storage, operations),
  );
  const inputs = [logits.storage, labels.storage, ...(classWeights === null ? [] : [classWeights])];
  // if something outside needs a result that the kernel does not write, the operations are not fused
  const isWhole = operations.every((operation) => {
    return outputsOf(operation).every(
      ({ storage }) => results.has(storage) || !graph.isNeededBesides(storage, operations),
    );
  });
  if (!isWhole || inputs.length + needed.length > mostBuffers) return null;
  const kernel = loss({
    rows,
    columns,
    labelSmoothing,
    classWeights: classWeights === null ? undefined : 'given',
    results: needed.map(([, result]) => result),
  });
  return {
    operations: graph.inOrder(operations),
    calls: [{ kernel, storages: [...inputs, ...needed.map(([storage]) => storage)] }],
  };
}
