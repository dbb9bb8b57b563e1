import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Epilogue } from '../../../../src/engine/gpu/wgsl/epilogue.ts';
import { type MatmulForm, matmulKernels, type MatmulSize } from '../../../../src/engine/gpu/wgsl/matmul.ts';
import type { Tile } from '../../../../src/engine/gpu/wgsl/tile.ts';
import { EagerOps } from '../../../../src/tensor/reference/eager.ts';
import { assertProduct, single } from '../../../helpers/products.ts';
import { closeDevice, testOnDevice } from '../../../helpers/wgsl.ts';

/** Small, so that every edge is met early; 4 threads. */
const smallTile: Tile = {
  rows: 8,
  columns: 8,
  depth: 4,
  threadRows: 4,
  threadColumns: 4,
  slices: 1,
  parts: 1,
  prefetch: false,
};
/** More rows than columns, and several vectors of both for a thread. */
const wideTile: Tile = { ...smallTile, rows: 32, columns: 16, threadRows: 8, threadColumns: 8 };

const forms: readonly MatmulForm[] = [false, true].flatMap((transposeA) =>
  [false, true].map((transposeB) => ({ transposeA, transposeB })),
);
/** Those of a forward pass, of the gradient of the input and of the weights. */
const [plain, ofInput, ofWeights, both] = forms as [MatmulForm, MatmulForm, MatmulForm, MatmulForm];

async function check(form: MatmulForm, size: MatmulSize, tile: Tile, epilogue: Epilogue = {}): Promise<void> {
  const { m, n, k } = size;
  const a = single(form.transposeA ? [k, m] : [m, k], 'a');
  const b = single(form.transposeB ? [n, k] : [k, n], 'b');
  const { kernels, scratch } = matmulKernels(form, size, tile, epilogue);
  const c = new EagerOps().matmul(a, b, form);
  const label = kernels.map(({ name }) => name).join(', ');
  await assertProduct({ kernels, scratch, a, b, c, k, epilogue, label });
}

testOnDevice('every remainder of m, n and k, in every form', async () => {
  for (const form of forms) {
    // along each axis all of 1 … 9, in different company
    for (let i = 0; i < 9; i++) {
      const size = { m: 1 + i, n: 1 + ((2 * i + 3) % 9), k: 1 + ((4 * i + 5) % 9) };
      await check(form, size, smallTile);
    }
  }
});

const relu: Epilogue = { bias: true, activation: (value) => `max(${value}, 0.0)` };
const reluGradient: Epilogue = { mask: (kept, value) => `select(0.0, ${value}, ${kept} > 0.0)` };

testOnDevice('several tiles along each axis, with vectors and without', async () => {
  const ahead = { ...wideTile, prefetch: true };
  await check(plain, { m: 68, n: 36, k: 44 }, wideTile);
  await check(ofInput, { m: 67, n: 35, k: 43 }, wideTile);
  await check(ofWeights, { m: 64, n: 32, k: 40 }, ahead);
  await check(both, { m: 33, n: 50, k: 41 }, ahead);
});

testOnDevice('slices, parts and prefetching, alone and together', async () => {
  for (const [index, form] of forms.entries()) {
    const tile = { ...smallTile, prefetch: index % 2 === 0 };
    const odd = { m: 13 + index, n: 11 + index, k: 75 + index };
    const even = { m: 12, n: 20, k: 64 };
    await check(form, odd, { ...tile, slices: 8 });
    await check(form, odd, { ...tile, depth: 16, slices: 4, parts: 4 });
    await check(form, even, { ...tile, parts: 3 });
    await check(form, even, { ...tile, slices: 2, parts: 8 });
  }
  await check(plain, { m: 5, n: 20, k: 130 }, { ...smallTile, depth: 64, slices: 64, prefetch: true });
});

testOnDevice('many parts, of which some are empty, are added up in groups', async () => {
  await check(plain, { m: 9, n: 12, k: 300 }, { ...smallTile, parts: 37 });
  await check(ofWeights, { m: 9, n: 7, k: 1111 }, { ...smallTile, parts: 100 });
});

testOnDevice('bias, activation and mask, with vectors and without, with and without parts', async () => {
  for (const [n, tile] of [
    [20, smallTile],
    [13, { ...smallTile, slices: 2 }],
    [20, { ...smallTile, parts: 3 }],
    [13, { ...smallTile, slices: 2, parts: 3 }],
  ] as const) {
    const size = { m: 11, n, k: 30 };
    await check(plain, size, tile, { bias: true });
    await check(plain, size, tile, relu);
    await check(ofInput, size, tile, reluGradient);
  }
});

testOnDevice('column sums of B, in tiles of any kind', async () => {
  await check(ofWeights, { m: 37, n: 20, k: 53 }, smallTile, { columnSums: true });
  await check(ofWeights, { m: 37, n: 13, k: 53 }, wideTile, { columnSums: true });
  await check(
    plain,
    { m: 5, n: 3, k: 48 },
    { ...smallTile, slices: 4, prefetch: true },
    { columnSums: true },
  );
  for (const n of [20, 13]) {
    const tile = { ...smallTile, slices: 2, parts: 3, prefetch: true };
    await check(ofWeights, { m: 10, n, k: 53 }, tile, { columnSums: true });
  }
});

test('column sums of a transposed B are refused', () => {
  const build = (): unknown => matmulKernels(ofInput, { m: 8, n: 8, k: 8 }, smallTile, { columnSums: true });
  assert.throws(build, /column sums need B stored as \[k, n\]/);
});

test('a tile that is too large, or does not divide, is refused', () => {
  const build = (tile: Tile) => (): unknown => matmulKernels(plain, { m: 8, n: 8, k: 4096 }, tile);
  assert.throws(build({ ...smallTile, rows: 128, columns: 128 }), /1024 threads/);
  assert.throws(build({ ...wideTile, rows: 128, columns: 128, depth: 32 }), /bytes of workgroup memory/);
  assert.throws(build({ ...smallTile, rows: 10 }), /does not divide/);
  assert.throws(build({ ...smallTile, parts: 65_536 }), /workgroups/);
});

test.after(closeDevice);
test.run();
