import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  cnnProducts,
  mlpProducts,
  squareProduct,
  type WgslProduct,
} from '../../../../bench/kernels/wgsl-shapes.ts';
import { allTiles, candidatesFor, softwareTile } from '../../../../src/engine/gpu/wgsl/candidates.ts';
import { productKernels, workgroupBytes } from '../../../../src/engine/gpu/wgsl/product.ts';
import { tileThreads } from '../../../../src/engine/gpu/wgsl/tile.ts';

const products: readonly WgslProduct[] = [
  ...[64, 512].flatMap((batch) => [...mlpProducts(batch), ...cnnProducts(batch)]),
  ...[512, 1024, 2048, 4096].map(squareProduct),
];

test('every tile for every product of a step keeps to what WebGPU promises', () => {
  for (const { use, product, size, columnSums } of products) {
    for (const tile of [...allTiles(size), softwareTile]) {
      const { kernels } = productKernels({ ...product, tile, epilogue: { bias: true, columnSums } });
      const threads = tileThreads(tile).all;
      for (const { name, code, bindings, buffers, groups } of kernels) {
        const label = `${use}: ${name}`;
        const written = Number(code.match(/@workgroup_size\((\d+)\)/)![1]);
        const vectors = Number(code.match(/memory: array<vec4f, (\d+)>/)?.[1] ?? 0);
        assert.ok(written <= 256, `${label}: ${written} threads`);
        assert.ok(vectors * 16 <= 16_384, `${label}: ${vectors * 16} bytes`);
        assert.ok(bindings.length <= 8 && bindings.length === buffers.length, `${label}: bindings`);
        assert.ok(
          groups.every((count) => count >= 1 && count <= 65_535),
          `${label}: ${groups.join('×')} groups`,
        );
      }
      assert.ok(threads <= 256, use);
      assert.ok(workgroupBytes({ ...product, tile, epilogue: { columnSums } }) <= 16_384, use);
    }
  }
});

test('three to five candidates, all different', () => {
  for (const { use, size } of products) {
    const candidates = candidatesFor(size);
    assert.ok(candidates.length >= 3 && candidates.length <= 5, `${use}: ${candidates.length}`);
    assert.is(new Set(candidates.map((tile) => JSON.stringify(tile))).size, candidates.length, use);
  }
});

test('the first candidate fills the GPU where the product is large enough', () => {
  for (const { use, size } of products) {
    const { rows, columns, parts } = candidatesFor(size)[0]!;
    const workgroups = Math.ceil(size.m / rows) * Math.ceil(size.n / columns) * parts;
    const work = size.m * size.n * size.k;
    if (work >= 2 ** 24) assert.ok(workgroups >= 128, `${use}: ${workgroups} workgroups`);
  }
});

test('two kernels of one name have the same code', () => {
  const codes = new Map<string, string>();
  for (const { product, size, columnSums } of products) {
    for (const tile of candidatesFor(size)) {
      for (const { name, code } of productKernels({ ...product, tile, epilogue: { columnSums } }).kernels) {
        assert.is(codes.get(name) ?? code, code, name);
        codes.set(name, code);
      }
    }
  }
  assert.ok(codes.size > 100, `${codes.size} kernels`);
});

test('a thread of the tile for software has little code: 16 sums, and 4 loads of each operand', () => {
  const { rows, columns, depth, threadRows, threadColumns } = softwareTile;
  const threads = (rows * columns) / (threadRows * threadColumns);
  assert.is(threadRows * threadColumns, 16);
  assert.is((rows * depth) / threads, 4);
  assert.is((columns * depth) / threads, 4);
});

test.run();
