/**
 * Every candidate tile for the products of a step and for squares, on a device of WebGPU: each is checked on a sample of
 * elements against sums in double precision, then timed.
 *
 *     node bench/kernels/wgsl-products.ts [--quick] [--all] [part of a use …]
 *
 * `--quick` takes small sizes, for an adapter in software; `--all` every shape of a tile, not only the candidates.
 */
import Table from 'cli-table3';
import { openWebGpu } from '../../src/engine/gpu/webgpu/adapter.ts';
import { allTiles, candidatesFor } from '../../src/engine/gpu/wgsl/candidates.ts';
import type { Tile } from '../../src/engine/gpu/wgsl/tile.ts';
import { rate } from '../measure/format.ts';
import { DeviceOperands, TiledProduct } from './device-product.ts';
import { cnnProducts, mlpProducts, squareProduct, type WgslProduct } from './wgsl-shapes.ts';

export interface WgslProductOptions {
  readonly products: readonly WgslProduct[];
  /** The tiles to time for a product, the first of which is the rule's choice. */
  readonly tilesFor: (product: WgslProduct) => readonly Tile[];
  /** Shortest sample; the dispatches are repeated in one pass until they take as long. */
  readonly sampleMilliseconds: number;
}

export interface WgslProductRow {
  readonly use: string;
  readonly tile: string;
  readonly workgroups: number;
  readonly microseconds: number;
  readonly gflops: number;
  /** The largest error of the sampled elements as a share of its bound. */
  readonly error: number;
}

/** @throws if a kernel does not compile, or an element of its result is wrong */
export async function timeWgslProducts(
  device: GPUDevice,
  { products, tilesFor, sampleMilliseconds }: WgslProductOptions,
  report: (row: WgslProductRow) => void = () => {},
): Promise<WgslProductRow[]> {
  const rows: WgslProductRow[] = [];
  for (const product of products) {
    const operands = new DeviceOperands(device, product);
    for (const tile of tilesFor(product)) {
      const tiled = await TiledProduct.build(device, product, tile, operands);
      const error = await tiled.check();
      const seconds = await tiled.median(sampleMilliseconds / 1000);
      tiled.destroy();
      const { m, n, k } = product.size;
      const row = {
        use: product.use,
        tile: tiled.tile,
        workgroups: tiled.workgroups,
        microseconds: seconds * 1e6,
        gflops: (2 * m * n * k) / seconds / 1e9,
        error,
      };
      rows.push(row);
      report(row);
    }
    operands.destroy();
  }
  return rows;
}

export function formatWgslProducts(rows: readonly WgslProductRow[]): string {
  const table = new Table({
    head: ['product', 'tile', 'workgroups', 'µs', 'GFLOP/s', '', 'error / bound'],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'left', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const { use, tile, workgroups, microseconds, gflops, error } of rows) {
    const rivals = rows.filter((row) => row.use === use);
    const isBest = rivals.every((row) => row.gflops <= gflops);
    const isFirst = rivals[0]!.tile === tile;
    const marks = [isBest ? 'best' : '', isFirst ? 'first' : ''].filter(Boolean).join(', ');
    table.push([use, tile, workgroups, microseconds.toFixed(1), rate(gflops), marks, error.toFixed(3)]);
  }
  return table.toString();
}

const quickProducts = [squareProduct(64), squareProduct(61), ...mlpProducts(4), ...cnnProducts(1)];

/** On the adapter that WebGPU finds. */
async function main(options: readonly string[]): Promise<void> {
  const parts = options.filter((option) => !option.startsWith('--'));
  const quick = options.includes('--quick');
  const usual = [
    ...[512, 1024, 2048, 4096].map(squareProduct),
    ...[64, 512].flatMap((batch) => [...mlpProducts(batch), ...cnnProducts(batch)]),
  ];
  const products = (quick ? quickProducts : usual).filter(
    ({ use }) => parts.length === 0 || parts.some((part) => use.includes(part)),
  );
  const { device, name } = await openWebGpu();
  device.onuncapturederror = ({ error }) => {
    throw new Error(`the GPU reports: ${error.message}`);
  };
  console.log(name);
  const rows = await timeWgslProducts(device, {
    products,
    tilesFor: ({ size }) => (options.includes('--all') ? allTiles(size) : candidatesFor(size)),
    sampleMilliseconds: quick ? 1 : 30,
  });
  console.log(formatWgslProducts(rows));
  device.destroy();
}

if (process.argv[1] === import.meta.filename) await main(process.argv.slice(2));
