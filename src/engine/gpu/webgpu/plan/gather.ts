import type { Operation } from '../../../../tensor/operation.ts';
import { gatherBatch, gatherImages, gatherLabels, gatherRows } from '../../wgsl/gather.ts';
import { alone, type Fused, type Lowering } from './rule.ts';

/** Gathers the images of a batch, and its labels if they have the same indices. */
export function lowerGatherImages(operation: Operation<'gatherImages'>, { graph }: Lowering): Fused {
  const { images, indices } = operation.inputs;
  const { y } = operation.outputs;
  const sizes = { rows: indices.size, size: y.size / indices.size, scale: operation.constants.scale };
  const labels = graph.operations.find(
    (other): other is Operation<'gatherLabels'> =>
      other.kind === 'gatherLabels' &&
      other.inputs.indices.storage === indices.storage &&
      graph.canFollow(operation, other),
  );
  if (labels === undefined) {
    const storages = [images.storage, indices.storage, y.storage];
    return alone(operation, [{ kernel: gatherImages(sizes), storages }]);
  }
  const bytes = [images.storage, labels.inputs.labels.storage];
  const storages = [...bytes, indices.storage, y.storage, labels.outputs.y.storage];
  return { operations: [operation, labels], calls: [{ kernel: gatherBatch(sizes), storages }] };
}

export function lowerGatherLabels(operation: Operation<'gatherLabels'>): Fused {
  const { labels, indices } = operation.inputs;
  const { y } = operation.outputs;
  const kernel = gatherLabels({ rows: indices.size });
  return alone(operation, [{ kernel, storages: [labels.storage, indices.storage, y.storage] }]);
}

export function lowerGatherRows(operation: Operation<'gatherRows'>): Fused {
  const { x, indices } = operation.inputs;
  const { y } = operation.outputs;
  const kernel = gatherRows({ rows: indices.size, size: y.size / indices.size });
  return alone(operation, [{ kernel, storages: [x.storage, indices.storage, y.storage] }]);
}
