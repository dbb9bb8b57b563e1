import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { matmulKernels } from '../../../../src/engine/gpu/wgsl/matmul.ts';
import type { ProductKernel } from '../../../../src/engine/gpu/wgsl/product-kernel.ts';
import { sideBySide } from '../../../../src/engine/gpu/wgsl/side-by-side.ts';
import { addScaled } from '../../../../src/engine/gpu/wgsl/in-place.ts';
import type { Tile } from '../../../../src/engine/gpu/wgsl/tile.ts';
import { EagerOps } from '../../../../src/tensor/reference/eager.ts';
import { assertClose } from '../../../helpers/close.ts';
import { randomTensor } from '../../../helpers/random-tensor.ts';
import { closeDevice, runKernels, testOnDevice, unset } from '../../../helpers/wgsl.ts';

const tile: Tile = {
  rows: 8,
  columns: 8,
  depth: 4,
  threadRows: 4,
  threadColumns: 4,
  slices: 1,
  parts: 1,
  prefetch: false,
};
const sizes = { rows: 21, inner: 12, outer: 9 };

/** The two products of a dense layer's backward pass, with x [rows, inner], w [inner, outer], dy [rows, outer]. */
function backward(otherTile: Tile = tile): { dw: ProductKernel; dx: ProductKernel } {
  const { rows, inner, outer } = sizes;
  const forDw = matmulKernels(
    { transposeA: true, transposeB: false },
    { m: inner, n: outer, k: rows },
    tile,
    { columnSums: true },
  );
  const mask = (kept: string, dy: string): string => `select(0.0, ${dy}, ${kept} > 0.0)`;
  const forDx = matmulKernels(
    { transposeA: false, transposeB: true },
    { m: rows, n: inner, k: outer },
    otherTile,
    { mask },
  );
  return { dw: forDw.kernels[0]!, dx: forDx.kernels[0]! };
}

const bound = { dw: ['x', 'dy', 'dw', 'db'], dx: ['dy', 'w', 'x', 'dx'] };

testOnDevice(
  'two products that read the same tensors, as one kernel, give what they give apart',
  async () => {
    const { rows, inner, outer } = sizes;
    const [x, w, dy] = [
      randomTensor('float32', [rows, inner], 'x'),
      randomTensor('float32', [inner, outer], 'w'),
      randomTensor('float32', [rows, outer], 'dy'),
    ];
    const { dw, dx } = backward();
    const joined = sideBySide([dw, dx], [bound.dw, bound.dx])!;
    assert.equal(joined.bindings, [
      [0, 1, 2, 3],
      [1, 4, 0, 5],
    ]);
    const [, down] = dw.groups;
    assert.equal(joined.kernel.groups, [dw.groups[0] * down + dx.groups[0] * dx.groups[1], 1, 1]);
    const buffers = ['x', 'dy', 'dw', 'db', 'w', 'dx'];
    const result = { dw: unset(inner * outer), db: unset(outer), dx: unset(rows * inner) };
    const operands = { x: x.values, w: w.values, dy: dy.values };
    await runKernels([{ ...joined.kernel, buffers }], { ...operands, ...result });

    const ops = new EagerOps();
    const reference = {
      dw: ops.matmul(x, dy, { transposeA: true }),
      db: ops.sumRows(dy),
      dx: ops.elementwiseBackward(x, ops.matmul(dy, w, { transposeB: true }), 'relu'),
    };
    for (const name of ['dw', 'db', 'dx'] as const) {
      assertClose(result[name], reference[name].values, { rtol: 1e-5, atol: 1e-6 }, name);
    }
  },
);

test('kernels with other numbers of threads, or of another make, stay apart', () => {
  const { dw, dx } = backward({ ...tile, rows: 16 });
  assert.is(sideBySide([dw, dx], [bound.dw, bound.dx]), null);
  const other = addScaled({ length: 5, scale: 1 });
  assert.is(sideBySide([dw, other], [bound.dw, ['t', 'x']]), null);
});

test('what is bound to the same buffers has another name than what is not', () => {
  const { dw, dx } = backward();
  const shared = sideBySide([dw, dx], [bound.dw, bound.dx])!.kernel;
  const apart = sideBySide([dw, dx], [bound.dw, ['dy2', 'w', 'kept', 'dx']])!.kernel;
  assert.is(apart.bindings.length, 8);
  assert.is.not(shared.name, apart.name);
});

test.after(closeDevice);
test.run();
