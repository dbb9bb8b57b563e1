import { Storage } from '../../../../tensor/tensor.ts';
import type { Group } from '../../../fusion/fuse.ts';
import { floatBytes } from '../../kernels/emit.ts';
import type { Target } from '../../kernels/kernel.ts';
import {
  type Epilogue,
  matmulKernel,
  type MatmulLayout,
  planColumns,
  planDepth,
  planOverlappingColumns,
  tileColumns,
} from '../../kernels/matmul.ts';
import { packKernel } from '../../kernels/pack.ts';
import { type Access, type Call, partition, type Task } from '../task.ts';

type MatmulGroup = Extract<Group, { kind: 'matmul' }>;

/** From this many floats on, and for this many rows, copying B into panels costs less than it saves. */
const packedFloats = 32 * 1024;
const packedRows = 256;

/** A product with what is fused to it: one task, after another that packs B where that is needed. */
export function lowerMatmul(group: MatmulGroup, target: Target, threads: number): Task[] {
  const { matmul, addBias, relu, reluBackward } = group;
  const { a, b } = matmul.inputs;
  const { transposeA, transposeB } = matmul.constants;
  const result = (relu ?? addBias)?.outputs.y ?? reluBackward?.outputs.dx ?? matmul.outputs.c;
  // what is fused may see the product under another shape: flattened images
  const [m, n] = matmul.outputs.c.shape as [number, number];
  const k = a.size / m;
  const width = tileColumns(target);
  const packed = transposeB || (k * n > packedFloats && m >= packedRows);
  const panels = packed ? new Storage('float32', Math.ceil(n / width) * width * k, null) : null;

  const layout: MatmulLayout = {
    aRow: (transposeA ? 1 : k) * floatBytes,
    aStep: (transposeA ? m : 1) * floatBytes,
    bStep: (packed ? width : n) * floatBytes,
    bPanel: (packed ? k * width : width) * floatBytes,
    bPadded: packed,
    cRow: n * floatBytes,
  };
  const epilogue: Epilogue = relu ? 'biasRelu' : addBias ? 'bias' : reluBackward ? 'mask' : 'none';
  const extra = addBias?.inputs.bias ?? reluBackward?.inputs.kept ?? result;
  const bounds = partition(m, threads);
  const rowCounts = bounds
    .slice(1)
    .map((end, t) => end - bounds[t]!)
    .filter((rows) => rows > 0);

  const blocks = planDepth(k);
  // packed panels start at multiples of their width; and a sum in blocks reads C, so that it may be added to once
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
      return {
        kernel: matmulKernel(part, target),
        addresses: [
          { storage: a.storage, offset: start * layout.aStep },
          { storage: panels ?? b.storage, offset: start * layout.bStep + panelStart },
          { storage: result.storage, offset: column * floatBytes },
          { storage: extra.storage, offset: column * floatBytes },
        ],
      };
    }),
  );

  const accesses: Access[] = [
    { storage: a.storage, writes: false, own: !transposeA },
    { storage: b.storage, writes: false, own: false },
    { storage: result.storage, writes: true, own: true },
  ];
  // B itself is listed even where its panels are read: the check against the plain loops reads it
  if (panels) accesses.push({ storage: panels, writes: false, own: false });
  if (addBias) accesses.push({ storage: extra.storage, writes: false, own: false });
  if (reluBackward) accesses.push({ storage: extra.storage, writes: false, own: true });
  const operations = [matmul, addBias, relu, reluBackward].filter((operation) => operation !== undefined);
  const form = `${transposeA ? 't' : 'n'}${transposeB ? 't' : 'n'}`;
  const product: Task = {
    name: `matmul ${form} ${m}×${k}×${n}${epilogue === 'none' ? '' : ` + ${epilogue}`}`,
    units: m,
    calls,
    accesses,
    operations,
  };
  if (panels === null) return [product];
  const packing: Task = {
    name: `pack ${k}×${n}`,
    units: Math.ceil(n / width),
    calls: [
      {
        kernel: packKernel({ k, n, width, transposed: transposeB }),
        addresses: [
          { storage: b.storage, offset: 0 },
          { storage: panels, offset: 0 },
        ],
      },
    ],
    accesses: [
      { storage: b.storage, writes: false, own: false },
      { storage: panels, writes: true, own: true },
    ],
    operations: [],
  };
  return [packing, product];
}
