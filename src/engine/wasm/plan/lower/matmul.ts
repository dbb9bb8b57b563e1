import { nameOf, type UpdateOperation } from '../../../../tensor/operation.ts';
import type { Storage } from '../../../../tensor/tensor.ts';
import type { Group } from '../../../fusion/fuse.ts';
import { floatBytes } from '../../kernels/sizes.ts';
import { type Epilogue, matmulKernel, type MatmulLayout } from '../../kernels/matmul.ts';
import {
  columnDepth,
  maxDepth,
  planColumns,
  planDepth,
  planOverlappingColumns,
  tileColumns,
} from '../../kernels/matmul-tiles.ts';
import { statesOf, updateOf } from '../../kernels/updates.ts';
import { packKernel } from '../../kernels/pack.ts';
import { sharesOf } from '../partition.ts';
import { type Address, type Call, call, type Task, task } from '../task.ts';
import { endingOf, suffixOf } from './ending.ts';
import { type Lowering, temporary } from './lowering.ts';
import { bothOf } from './updates.ts';

type MatmulGroup = Extract<Group, { kind: 'matmul' }>;

/** From this many floats on, and for this many rows, copying B into panels costs less than it saves. */
const packedFloats = 32 * 1024;
const packedRows = 256;

/**
 * A product updates a weight tile by tile, in pieces of a cache line from many places. Where a thread's part of the weight, and
 * of what the optimizer keeps, stays in the L2 cache from step to step, this saves time. From memory, an update that goes
 * through its arrays in order is faster.
 */
const mostUpdatedBytes = 512 * 1024;

export function isUpdatedByProduct(update: UpdateOperation, threads: number): boolean {
  const { weight } = update.inputs;
  return (1 + statesOf(update).length) * weight.storage.bytes <= mostUpdatedBytes * threads;
}

/** A product with what is fused to it: one task, after another that packs B where that is needed. */
export function lowerMatmul(group: MatmulGroup, { target, threads, pieces }: Lowering): Task[] {
  const { matmul, addBias, relu, reluBackward, update } = group;
  const { a, b } = matmul.inputs;
  const { transposeA, transposeB } = matmul.constants;
  const ending = endingOf(matmul.outputs.c, group);
  const epilogue: Epilogue = reluBackward ? 'mask' : ending.epilogue;
  const result = reluBackward?.outputs.dx ?? ending.result;
  const extra = reluBackward?.inputs.kept ?? ending.bias;
  // fused operations may see the product under another shape: flattened images
  const [m, n] = matmul.outputs.c.shape as readonly [number, number];
  const k = a.size / m;
  const width = tileColumns(target);
  const packed = transposeB || (k * n > packedFloats && m >= packedRows);
  const panelCount = Math.ceil(n / width);
  const panels = packed ? temporary(panelCount * width * k) : null;

  const layout: MatmulLayout = {
    aRow: (transposeA ? 1 : k) * floatBytes,
    aStep: (transposeA ? m : 1) * floatBytes,
    bStep: (packed ? width : n) * floatBytes,
    bPanel: (packed ? k * width : width) * floatBytes,
    bPadded: packed,
    cRow: n * floatBytes,
  };
  const rowCounts = sharesOf(m, threads, pieces);
  const blocks = planDepth(k, transposeA ? columnDepth : maxDepth);
  /** What an update changes, and then the addresses of its coefficients. */
  const updated = update ? [update.inputs.weight, ...statesOf(update)] : [];
  const coefficients = update ? bothOf(update.inputs.coefficients) : [];
  /** Between the blocks of a long sum, the sums so far; the gradient itself has no place. */
  const sums = update ? (blocks.length > 1 ? temporary(m * n) : updated[0]!.storage) : result.storage;
  // Panels that overlap compute columns twice. Packed panels start at multiples of their width, so they cannot. Nor
  // can the blocks of a long sum, or an update: what is added to C or changes a weight must do so once.
  const plan = packed || blocks.length > 1 || update ? planColumns : planOverlappingColumns;
  const calls: Call[] = blocks.flatMap(({ start, depth }, index) =>
    plan(n, target).map(({ start: column, columns, panels: count }) => {
      const part = {
        layout,
        columns,
        panels: count,
        depth,
        first: index === 0,
        last: index === blocks.length - 1,
        epilogue,
        update: update && updateOf(update, target),
        rowCounts,
      };
      const atColumn = (storage: Storage): Address => ({ storage, offset: column * floatBytes });
      const panelStart = packed
        ? Math.floor(column / width) * layout.bPanel + (column % width) * floatBytes
        : column * floatBytes;
      return call(matmulKernel(part, target), [
        { storage: a.storage, offset: start * layout.aStep },
        { storage: panels ?? b.storage, offset: start * layout.bStep + panelStart },
        atColumn(sums),
        atColumn(extra?.storage ?? sums),
        ...(part.last ? [...updated.map(({ storage }) => atColumn(storage)), ...coefficients] : []),
      ]);
    }),
  );
  const form = `${transposeA ? 't' : 'n'}${transposeB ? 't' : 'n'}`;
  const product = task({
    name: `matmul ${form} ${m}×${k}×${n}${update ? ` + ${nameOf(update)}` : suffixOf(epilogue)}`,
    items: m,
    calls,
    own: [...(transposeA ? [] : [a]), ...(reluBackward ? [reluBackward.inputs.kept] : [])],
    shared: [
      ...(transposeA ? [a] : []),
      b,
      ...(panels ? [panels] : []),
      ...(ending.bias ? [ending.bias] : []),
      ...(update ? [update.inputs.coefficients] : []),
    ],
    writes: update ? [...updated, ...(blocks.length > 1 ? [sums] : [])] : [result],
    operations: [matmul, addBias, relu, reluBackward, update].filter((operation) => operation !== undefined),
  });
  if (panels === null) return [product];
  const packing = task({
    name: `pack ${k}×${n}`,
    items: panelCount,
    calls: [call(packKernel({ k, n, width, transposed: transposeB }), [b, panels])],
    shared: [b],
    writes: [panels],
  });
  return [packing, product];
}
