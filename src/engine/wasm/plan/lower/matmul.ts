import type { Group } from '../../../fusion/fuse.ts';
import { floatBytes } from '../../kernels/sizes.ts';
import { type Epilogue, matmulKernel, type MatmulLayout } from '../../kernels/matmul.ts';
import { planColumns, planDepth, planOverlappingColumns, tileColumns } from '../../kernels/matmul-tiles.ts';
import { packKernel } from '../../kernels/pack.ts';
import { sharesOf } from '../partition.ts';
import { type Call, call, type Task, task } from '../task.ts';
import { endingOf, suffixOf } from './ending.ts';
import { type Lowering, temporary } from './lowering.ts';

type MatmulGroup = Extract<Group, { kind: 'matmul' }>;

/** From this many floats on, and for this many rows, copying B into panels costs less than it saves. */
const packedFloats = 32 * 1024;
const packedRows = 256;

/** A product with what is fused to it: one task, after another that packs B where that is needed. */
export function lowerMatmul(group: MatmulGroup, { target, threads, pieces }: Lowering): Task[] {
  const { matmul, addBias, relu, reluBackward } = group;
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
  const blocks = planDepth(k);
  // Panels that overlap compute columns twice. Packed panels start at multiples of their width, so they cannot. Nor
  // can the blocks of a long sum: a block adds to C, and must do so once.
  const plan = packed || blocks.length > 1 ? planColumns : planOverlappingColumns;
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
        rowCounts,
      };
      const panelStart = packed
        ? Math.floor(column / width) * layout.bPanel + (column % width) * floatBytes
        : column * floatBytes;
      return call(matmulKernel(part, target), [
        { storage: a.storage, offset: start * layout.aStep },
        { storage: panels ?? b.storage, offset: start * layout.bStep + panelStart },
        { storage: result.storage, offset: column * floatBytes },
        { storage: (extra ?? result).storage, offset: column * floatBytes },
      ]);
    }),
  );
  const form = `${transposeA ? 't' : 'n'}${transposeB ? 't' : 'n'}`;
  const product = task({
    name: `matmul ${form} ${m}×${k}×${n}${suffixOf(epilogue)}`,
    items: m,
    calls,
    own: [...(transposeA ? [] : [a]), ...(reluBackward ? [reluBackward.inputs.kept] : [])],
    shared: [
      ...(transposeA ? [a] : []),
      b,
      ...(panels ? [panels] : []),
      ...(ending.bias ? [ending.bias] : []),
    ],
    writes: [result],
    operations: [matmul, addBias, relu, reluBackward].filter((operation) => operation !== undefined),
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
