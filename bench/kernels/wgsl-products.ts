/**
 * Every candidate tile for the products of a step and for squares, on a device of WebGPU: each is checked on a sample of
 * elements against sums in double precision, then timed.
 *
 *     node bench/kernels/wgsl-products.ts [--quick] [--all] [part of a use …]
 *
 * `--quick` takes small sizes, for an adapter in software; `--all` every shape of a tile, not only the candidates.
 */
import { median } from 'd3-array';
import Table from 'cli-table3';
import { importOptional } from '../../src/engine/gpu/optional-package.ts';
import { allTiles, candidatesFor } from '../../src/engine/gpu/wgsl/candidates.ts';
import { productKernels } from '../../src/engine/gpu/wgsl/product.ts';
import type { ProductKernels } from '../../src/engine/gpu/wgsl/product-kernel.ts';
import { type Tile, tileName } from '../../src/engine/gpu/wgsl/tile.ts';
import { RandomStream } from '../../src/tensor/random.ts';
import { rate } from '../measure/format.ts';
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

const samples = 5;
const mostRepeats = 4096;
const checkedElements = 64;
/** Bits of GPUBufferUsage and GPUMapMode, for which TypeScript has no values. */
const usage = { mapRead: 1, copySource: 4, copyTarget: 8, storage: 128 } as const;
const mapForReading = 1;

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
      const { columnSums } = product;
      const built = productKernels({ ...product.product, tile, epilogue: { columnSums } });
      const run = await PreparedProduct.build(device, built, operands);
      await run.time(1);
      const error = await run.check(product, tileName(tile));
      const seconds = await run.median(sampleMilliseconds / 1000);
      run.destroy();
      const { m, n, k } = product.size;
      const row = {
        use: product.use,
        tile: tileName(tile),
        workgroups: built.kernels[0]!.groups.reduce((all, count) => all * count, 1),
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

/** A, B and what a product writes, in buffers. */
class DeviceOperands {
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly buffers: Map<string, GPUBuffer>;

  constructor(device: GPUDevice, { floats, size: { m, n } }: WgslProduct) {
    this.a = randomFloats(floats.a, 'a');
    this.b = randomFloats(floats.b, 'b');
    this.buffers = new Map([
      ['a', createBuffer(device, floats.a)],
      ['b', createBuffer(device, floats.b)],
      ['c', createBuffer(device, m * n)],
      ['sums', createBuffer(device, n)],
    ]);
    device.queue.writeBuffer(this.buffers.get('a')!, 0, this.a);
    device.queue.writeBuffer(this.buffers.get('b')!, 0, this.b);
  }

  destroy(): void {
    for (const buffer of this.buffers.values()) buffer.destroy();
  }
}

function createBuffer(device: GPUDevice, floats: number): GPUBuffer {
  const size = Math.ceil(floats / 4) * 16;
  return device.createBuffer({ size, usage: usage.storage | usage.copySource | usage.copyTarget });
}

/** Uniform in [−1, 1). */
function randomFloats(length: number, name: string): Float32Array<ArrayBuffer> {
  const random = new RandomStream(1, name);
  return Float32Array.from({ length }, (_, index) => 2 * random.uniform(index) - 1);
}

class PreparedProduct {
  readonly #device: GPUDevice;
  readonly #operands: DeviceOperands;
  readonly #scratch: GPUBuffer | null;
  readonly #dispatches: readonly {
    readonly pipeline: GPUComputePipeline;
    readonly group: GPUBindGroup;
    readonly groups: readonly [number, number, number];
  }[];

  private constructor(
    device: GPUDevice,
    { kernels }: ProductKernels,
    pipelines: readonly GPUComputePipeline[],
    operands: DeviceOperands,
    scratch: GPUBuffer | null,
  ) {
    this.#device = device;
    this.#operands = operands;
    this.#scratch = scratch;
    this.#dispatches = pipelines.map((pipeline, index) => {
      const { buffers, groups } = kernels[index]!;
      const entries = buffers.map((name, binding) => ({
        binding,
        resource: { buffer: name === 'scratch' ? scratch! : operands.buffers.get(name)! },
      }));
      const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
      return { pipeline, group, groups };
    });
  }

  static async build(
    device: GPUDevice,
    built: ProductKernels,
    operands: DeviceOperands,
  ): Promise<PreparedProduct> {
    const pipelines = await Promise.all(
      built.kernels.map(({ code, name }) =>
        device.createComputePipelineAsync({
          layout: 'auto',
          compute: { module: device.createShaderModule({ code, label: name }), entryPoint: 'main' },
        }),
      ),
    );
    const scratch = built.scratch > 0 ? createBuffer(device, built.scratch) : null;
    return new PreparedProduct(device, built, pipelines, operands, scratch);
  }

  /** Seconds for so many repetitions in one pass, from the submission until the device is done. */
  async time(repeats: number): Promise<number> {
    const encoder = this.#device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (let repeat = 0; repeat < repeats; repeat++) {
      for (const { pipeline, group, groups } of this.#dispatches) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        pass.dispatchWorkgroups(...groups);
      }
    }
    pass.end();
    const commands = encoder.finish();
    const start = performance.now();
    this.#device.queue.submit([commands]);
    await this.#device.queue.onSubmittedWorkDone();
    return (performance.now() - start) / 1000;
  }

  /** Seconds for one product: the median of samples that each take at least so many seconds. */
  async median(least: number): Promise<number> {
    let repeats = 1;
    let seconds = await this.time(repeats);
    while (seconds < least && repeats < mostRepeats) {
      repeats = Math.min(mostRepeats, Math.ceil(repeats * Math.max(2, (1.2 * least) / seconds)));
      seconds = await this.time(repeats);
    }
    const times: number[] = [];
    for (let sample = 0; sample < samples; sample++) times.push((await this.time(repeats)) / repeats);
    return median(times)!;
  }

  /** The largest error of some elements as a share of its bound. @throws if it is more than the bound */
  async check({ use, size, element }: WgslProduct, tile: string): Promise<number> {
    const { m, n, k } = size;
    const c = await this.#read('c', m * n);
    const { a, b } = this.#operands;
    const random = new RandomStream(2, use);
    // rounding errors of a sum of k terms of at most 1, as the tests of the tiles bound them
    const bound = 4 * k * 2 ** -24;
    let worst = 0;
    for (let checked = 0; checked < checkedElements; checked++) {
      // the last element first: edges are where tiles go wrong
      const index = checked === 0 ? m * n - 1 : Math.floor(random.uniform(checked) * m * n);
      const [row, column] = [Math.floor(index / n), index % n];
      const expected = element(a, b, row, column);
      const error = Math.abs(c[index]! - expected) / bound;
      if (!(error <= 1)) {
        throw new Error(`${use}, ${tile}: element [${row}, ${column}] is ${c[index]}, expected ${expected}`);
      }
      worst = Math.max(worst, error);
    }
    return worst;
  }

  async #read(name: string, length: number): Promise<Float32Array> {
    const from = this.#operands.buffers.get(name)!;
    const copy = this.#device.createBuffer({ size: from.size, usage: usage.mapRead | usage.copyTarget });
    const encoder = this.#device.createCommandEncoder();
    encoder.copyBufferToBuffer(from, 0, copy, 0, from.size);
    this.#device.queue.submit([encoder.finish()]);
    await copy.mapAsync(mapForReading);
    const values = new Float32Array(copy.getMappedRange().slice(0)).subarray(0, length);
    copy.destroy();
    return values;
  }

  destroy(): void {
    this.#scratch?.destroy();
  }
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

/** On the adapter that the package `webgpu` finds. */
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
  const webgpu = await importOptional<{
    create(options: string[]): GPU;
    readonly globals: object;
  }>('webgpu', 'there is no WebGPU here: npm install --no-save -D webgpu@0.6.2');
  Object.assign(globalThis, webgpu.globals);
  const gpu = webgpu.create([]);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new Error('WebGPU finds no adapter');
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const device = await adapter.requestDevice({
    requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
  });
  device.onuncapturederror = ({ error }) => {
    throw new Error(`the GPU reports: ${error.message}`);
  };
  const { vendor, architecture, description } = adapter.info;
  console.log([vendor, architecture, description].filter(Boolean).join(', '));
  const rows = await timeWgslProducts(device, {
    products,
    tilesFor: ({ size }) => (options.includes('--all') ? allTiles(size) : candidatesFor(size)),
    sampleMilliseconds: quick ? 1 : 30,
  });
  console.log(formatWgslProducts(rows));
  device.destroy();
}

if (process.argv[1] === import.meta.filename) await main(process.argv.slice(2));
