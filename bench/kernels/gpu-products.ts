/**
 * `bench matmul --engine gpu`: products by the tiles of the gpu engine, beside the best kernel of gpu.js and the wasm engine,
 * with the copies apart. Every result is checked on a sample of its elements.
 */
import Table from 'cli-table3';
import { median } from 'd3-array';
import { UsageError } from '../../src/cli/framework/usage-error.ts';
import { type Device, openDevice } from '../../src/engine/gpu/device.ts';
import { computeProduct, timeProduct } from '../../src/engine/gpu/gl/product.ts';
import { exactInFloat32 } from '../../src/engine/gpu/exact-numbers.ts';
import { type MatmulVariant, possibleVariants } from '../../src/engine/gpu/kernels/matmul-variants.ts';
import { openWebGpu } from '../../src/engine/gpu/webgpu/adapter.ts';
import { candidatesFor } from '../../src/engine/gpu/wgsl/candidates.ts';
import { Recorder } from '../../src/tensor/recorder.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { WasmEngine } from '../../src/engine/wasm/engine.ts';
import { checkMachine, type Conditions } from '../measure/machine.ts';
import { writeResult } from '../measure/results.ts';
import { DeviceOperands, TiledProduct } from './device-product.ts';
import type { ProductArguments } from './products.ts';
import { checkSample } from './sampled-check.ts';
import { formOf, type MatmulShape, mlpShapes, squareShape } from './shapes.ts';
import { matrixProduct, type WgslProduct } from './wgsl-shapes.ts';

/** Median milliseconds of the parts of a single product on the GPU. */
export interface GpuTimes {
  /** Copying both operands to the device. */
  readonly upload: number;
  readonly compute: number;
  /** Copying the result to the host. */
  readonly readback: number;
}

/** Whose kernel: the engine's tile by its rule, the one that is fastest here (or both are the same), or gpu.js's best. */
export type GpuChoice = 'rule' | 'measured' | 'rule, measured' | 'gpu.js';

/** One product by one kernel. */
export interface GpuProductRow extends MatmulShape {
  readonly choice: GpuChoice;
  /** The name of a tile, or of a variant of the kernel of gpu.js. */
  readonly kernel: string;
  readonly milliseconds: GpuTimes;
  /** The speed of `compute` alone. */
  readonly gflops: { readonly median: number; readonly best: number };
  /** The same product on the wasm engine, with the copies into and out of its memory. */
  readonly wasmMilliseconds: number;
}

/** The result file of `bench matmul --engine gpu`. */
export interface GpuProductsResult extends Conditions {
  readonly engine: 'gpu';
  readonly adapter: string;
  /** Whether the adapter is software. Then no GPU was measured. */
  readonly software: boolean;
  /** Threads of the wasm engine. */
  readonly threads: number;
  readonly rows: readonly GpuProductRow[];
}

const hardwareSizes = [64, 128, 256, 512, 1024, 2048, 4096] as const;
const softwareSizes = [32, 64, 128, 256] as const;

/** Sampling ends after this time, but not before three samples. */
const mostSeconds = 1.5;
const fewestSamples = 3;
/** A sample of a tile takes at least so long. */
const sampleSeconds = 0.02;

/** What products are measured on. */
interface Devices {
  readonly device: GPUDevice;
  readonly gpuJs: Device;
  readonly wasm: WasmEngine;
  /** Whether all candidate tiles are timed. An adapter in software has only the rule's: each takes seconds to compile. */
  readonly measures: boolean;
}

/** Measures products on a GPU: checked, then timed, separately from the copies. */
export async function benchGpuProducts(args: Omit<ProductArguments, 'engine'>): Promise<void> {
  if (args.openblas) throw new UsageError('--openblas: goes with --engine wasm');
  const { device, name: adapter, software } = await openWebGpu();
  refuseLarge(args.sizes ?? [], device.limits.maxStorageBufferBindingSize);
  device.onuncapturederror = ({ error }) => {
    throw new Error(`the GPU reports: ${error.message}`);
  };
  const conditions = checkMachine(args.strict);
  const gpuJs = await openDevice('webgpu');
  const wasm = await WasmEngine.start({ threads: args.threads, revectorize: args.revectorize });
  console.log(`gpu: WebGPU, ${adapter}`);
  if (software) {
    console.log('this adapter is software: these figures are of the processor, not of a GPU');
  }
  console.log(`beside it, wasm: ${wasm.description}\n`);

  const usual = software ? softwareSizes.map(squareShape) : [...mlpShapes, ...hardwareSizes.map(squareShape)];
  const devices = { device, gpuJs, wasm, measures: !software };
  const rows: GpuProductRow[] = [];
  for (const shape of args.sizes?.map(squareShape) ?? usual) {
    rows.push(...(await measure(devices, shape, args.samples)));
  }
  await gpuJs.gpu.close();
  await wasm.close();
  device.destroy();

  console.log(format(rows));
  console.log(
    'times are medians; GFLOP/s of compute alone; rule: the tile that the engine takes if it may not',
  );
  console.log('measure; measured: the one that it takes if it may');
  console.log(describeThreshold(rows));
  const result: GpuProductsResult = {
    ...conditions,
    engine: 'gpu',
    adapter,
    software,
    threads: wasm.threads,
    rows,
  };
  writeResult(args.json, result);
}

/** @throws {UsageError} if a square does not fit into a binding of this device */
export function refuseLarge(sizes: readonly number[], mostBytes: number): void {
  const largest = Math.floor(Math.sqrt(mostBytes / 4));
  const tooLarge = sizes.find((size) => size > largest);
  if (tooLarge === undefined) return;
  throw new UsageError(`--sizes: this device binds squares up to ${largest}, got ${tooLarge}`);
}

async function measure(devices: Devices, shape: MatmulShape, samples: number): Promise<GpuProductRow[]> {
  const { use, m, k, n, transposeA, transposeB } = shape;
  const product = { ...matrixProduct(use, { m, n, k }, { transposeA, transposeB }), columnSums: false };
  const operands = new DeviceOperands(devices.device, product);
  const work = { shape, product, operands, samples };
  const wasmMilliseconds = await timeWasm(devices.wasm, work);
  const measured = [await measureTiles(devices, work), await measureGpuJs(devices.gpuJs, work)].flat();
  operands.destroy();
  return measured.map(({ choice, kernel, upload, readback, seconds }) => {
    const compute = 1000 * median(seconds)!;
    const gflops = (milliseconds: number): number => (2 * m * k * n) / milliseconds / 1e6;
    return {
      ...shape,
      choice,
      kernel,
      milliseconds: { upload, compute, readback },
      gflops: { median: gflops(compute), best: gflops(1000 * Math.min(...seconds)) },
      wasmMilliseconds,
    };
  });
}

/** A product to measure. */
interface Work {
  readonly shape: MatmulShape;
  readonly product: WgslProduct;
  readonly operands: DeviceOperands;
  readonly samples: number;
}

interface Measured {
  readonly choice: GpuChoice;
  readonly kernel: string;
  /** Milliseconds. */
  readonly upload: number;
  readonly readback: number;
  /** Samples of the computation alone. */
  readonly seconds: readonly number[];
}

/** By the rule's tile, and by the fastest candidate if that is another. */
async function measureTiles(
  { device, measures }: Devices,
  { product, operands, samples }: Work,
): Promise<Measured[]> {
  const upload = await medianMilliseconds(samples, async () => {
    operands.upload();
    await device.queue.onSubmittedWorkDone();
  });
  const candidates: { readonly tiled: TiledProduct; readonly seconds: readonly number[] }[] = [];
  for (const tile of candidatesFor(product.size).slice(0, measures ? undefined : 1)) {
    const tiled = await TiledProduct.build(device, product, tile, operands);
    await tiled.check();
    candidates.push({ tiled, seconds: await tiled.sample(sampleSeconds) });
  }
  const rule = candidates[0]!;
  const fastest = candidates.toSorted((x, y) => median(x.seconds)! - median(y.seconds)!)[0]!;
  const readback = await medianMilliseconds(samples, () => rule.tiled.read());
  const row = (choice: GpuChoice, { tiled, seconds }: typeof rule): Measured => {
    return { choice, kernel: tiled.tile, upload, readback, seconds };
  };
  for (const { tiled } of candidates) tiled.destroy();
  if (!measures) return [row('rule', rule)];
  return fastest === rule ? [row('rule, measured', rule)] : [row('rule', rule), row('measured', fastest)];
}

/** By the fastest kernel of gpu.js, submitted alone; nothing where it cannot address the matrices. */
async function measureGpuJs(
  { gpu }: Device,
  { shape, product, operands, samples }: Work,
): Promise<Measured[]> {
  const { use, m, k, n } = shape;
  if (Math.max(m * k, k * n, m * n) > exactInFloat32) return [];
  const { a, b } = operands;
  const expected = (row: number, column: number): number => product.element(a, b, row, column);
  const [onDeviceA, onDeviceB] = [await gpu.upload(a), await gpu.upload(b)];
  const variants: { readonly variant: MatmulVariant; readonly seconds: readonly number[] }[] = [];
  for (const variant of possibleVariants(shape)) {
    const result = await computeProduct(gpu, variant, shape, onDeviceA, onDeviceB);
    checkSample(`${use}, gpu.js ${variant}`, { size: product.size, expected }, await result.read());
    result.delete();
    const seconds = await sample(samples, () => timeProduct(gpu, variant, shape, onDeviceA, onDeviceB));
    variants.push({ variant, seconds });
  }
  const { variant, seconds } = variants.toSorted((x, y) => median(x.seconds)! - median(y.seconds)!)[0]!;
  const result = await computeProduct(gpu, variant, shape, onDeviceA, onDeviceB);
  const readback = await medianMilliseconds(samples, () => result.read());
  for (const array of [onDeviceA, onDeviceB, result]) array.delete();
  const upload = await medianMilliseconds(samples, async () => {
    for (const array of [await gpu.upload(a), await gpu.upload(b)]) array.delete();
    await gpu.finish();
  });
  return [{ choice: 'gpu.js', kernel: variant, upload, readback, seconds }];
}

/** Median milliseconds of a product on the wasm engine, with the copies in and out. */
async function timeWasm(wasm: WasmEngine, { shape, product, operands, samples }: Work): Promise<number> {
  const { use, m, k, n, transposeA, transposeB } = shape;
  const a = Tensor.from('float32', transposeA ? [k, m] : [m, k], operands.a, 'a');
  const b = Tensor.from('float32', transposeB ? [n, k] : [k, n], operands.b, 'b');
  const ops = new Recorder();
  const c = ops.matmul(a, b, { transposeA, transposeB });
  const executable = await wasm.compile(ops.finish('matmul', [c]));
  const run = async (): Promise<Float32Array> => {
    wasm.write(a, operands.a);
    wasm.write(b, operands.b);
    await executable.run();
    return (await wasm.read(c)) as Float32Array;
  };
  const expected = (row: number, column: number): number =>
    product.element(operands.a, operands.b, row, column);
  checkSample(`${use}, wasm`, { size: product.size, expected }, await run());
  // V8 starts with quick, slow code and replaces it while it runs
  const warm = performance.now();
  while (performance.now() - warm < 200) await run();
  return medianMilliseconds(samples, run);
}

async function medianMilliseconds(samples: number, work: () => Promise<unknown>): Promise<number> {
  const times = await sample(samples, async () => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  });
  return median(times)!;
}

async function sample(count: number, measureOnce: () => Promise<number>): Promise<number[]> {
  const start = performance.now();
  const times: number[] = [];
  while (times.length < count) {
    if (times.length >= fewestSamples && performance.now() - start > 1000 * mostSeconds) break;
    times.push(await measureOnce());
  }
  return times;
}

/** A sentence that says from which square on the GPU takes less time than the wasm engine, with the copies. */
export function describeThreshold(rows: readonly GpuProductRow[]): string {
  const squares = rows.filter(({ m, k, n }) => m === k && k === n);
  const sizes = [...new Set(squares.map(({ m }) => m))].toSorted((x, y) => x - y);
  const wins = (size: number): boolean =>
    squares.some(
      ({ m, milliseconds, wasmMilliseconds }) => m === size && total(milliseconds) < wasmMilliseconds,
    );
  const from = sizes[sizes.findLastIndex((size) => !wins(size)) + 1];
  const compared = 'upload, compute and readback of its fastest kernel, against wasm';
  return from === undefined
    ? `the GPU does not pay for squares up to ${sizes.at(-1)!}: ${compared}`
    : `the GPU pays from squares of ${from} on: ${compared}`;
}

function total({ upload, compute, readback }: GpuTimes): number {
  return upload + compute + readback;
}

function format(rows: readonly GpuProductRow[]): string {
  const table = new Table({
    head: [
      'product',
      'm',
      'k',
      'n',
      'form',
      'choice',
      'kernel',
      'upload ms',
      'compute',
      'readback',
      'GFLOP/s',
      'best',
      'wasm ms',
    ],
    colAligns: [
      'left',
      ...Array.from({ length: 4 }, () => 'right' as const),
      'left',
      'left',
      ...Array.from({ length: 6 }, () => 'right' as const),
    ],
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) {
    const { use, choice, kernel, m, k, n, milliseconds: times, gflops } = row;
    table.push([
      use,
      m,
      k,
      n,
      formOf(row),
      choice,
      kernel,
      ...[times.upload, times.compute, times.readback].map((time) => time.toFixed(2)),
      ...[gflops.median, gflops.best].map((value) => value.toPrecision(3)),
      row.wasmMilliseconds.toFixed(3),
    ]);
  }
  return table.toString();
}
