/** `bench matmul --engine gpu`: every kernel for products on a GPU, with the copies apart. */
import Table from 'cli-table3';
import { median } from 'd3-array';
import { UsageError } from '../../src/cli/framework/usage-error.ts';
import { backendNames, type Device, openDevice } from '../../src/engine/gpu/device.ts';
import { exactInFloat32 } from '../../src/engine/gpu/gl/device-memory.ts';
import type { DeviceArray } from '../../src/engine/gpu/gpu-js.ts';
import {
  matmulVariants,
  type MatmulVariant,
  usualVariant,
} from '../../src/engine/gpu/kernels/matmul-variants.ts';
import { computeProduct, readProduct, timeProduct } from '../../src/engine/gpu/gl/product.ts';
import { Recorder } from '../../src/tensor/recorder.ts';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { WasmEngine } from '../../src/engine/wasm/engine.ts';
import { checkAgreement } from '../measure/check.ts';
import { checkMachine, type Conditions } from '../measure/machine.ts';
import { writeResult } from '../measure/results.ts';
import { errorBound, randomMatrix } from './operands.ts';
import type { ProductArguments } from './products.ts';
import { formOf, type MatmulShape, mlpShapes, squareShape } from './shapes.ts';

/** Median milliseconds of the parts of a single product on the GPU. */
export interface GpuTimes {
  /** Copying both operands to the device. */
  readonly upload: number;
  readonly compute: number;
  /** Copying the result to the host. */
  readonly readback: number;
}

/** One product by one kernel. */
export interface GpuProductRow extends MatmulShape {
  readonly variant: MatmulVariant;
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
  /** Whether the adapter is software, or may be. Then no GPU was measured. */
  readonly software: boolean;
  /** Threads of the wasm engine. */
  readonly threads: number;
  readonly rows: readonly GpuProductRow[];
}

/** Sizes of squares. The reference, which checks each, takes seconds for the largest. */
const hardwareSizes = [64, 128, 256, 512, 1024, 2048] as const;
const softwareSizes = [32, 64, 128, 256] as const;

/** Sampling of a kernel ends after this time, but not before three samples. */
const mostSeconds = 1.5;
const fewestSamples = 3;

/** Measures every kernel for products on a GPU: checked against the reference, then timed, separately from the copies. */
export async function benchGpuProducts(args: Omit<ProductArguments, 'engine'>): Promise<void> {
  if (args.openblas) throw new UsageError('--openblas: goes with --engine wasm');
  const largest = Math.floor(Math.sqrt(exactInFloat32));
  const tooLarge = args.sizes?.find((size) => size > largest);
  if (tooLarge !== undefined) {
    throw new UsageError(`--sizes: the gpu engine addresses squares up to ${largest}, got ${tooLarge}`);
  }
  const conditions = checkMachine(args.strict);
  const device = await openDevice();
  const wasm = await WasmEngine.start({ threads: args.threads, revectorize: args.revectorize });
  console.log(`gpu: ${backendNames[device.backend]} by gpu.js, ${device.adapter}`);
  if (device.software !== false) {
    console.log('this adapter is software, or may be: these figures are of the processor, not of a GPU');
  }
  console.log(`beside it, wasm: ${wasm.description}\n`);

  const usual =
    device.software !== false
      ? softwareSizes.map(squareShape)
      : [...mlpShapes, ...hardwareSizes.map(squareShape)];
  const rows: GpuProductRow[] = [];
  for (const shape of args.sizes?.map(squareShape) ?? usual) {
    rows.push(...(await measure(device, wasm, shape, args.samples)));
  }
  await device.gpu.close();
  await wasm.close();

  console.log(format(rows));
  console.log(
    'times are medians; GFLOP/s of compute alone; * marks the kernel that the engine uses if it may not measure',
  );
  console.log(describeThreshold(rows));
  const { adapter, software } = device;
  const result: GpuProductsResult = {
    ...conditions,
    engine: 'gpu',
    adapter,
    software: software !== false,
    threads: wasm.threads,
    rows,
  };
  writeResult(args.json, result);
}

async function measure(
  { gpu }: Device,
  wasm: WasmEngine,
  shape: MatmulShape,
  samples: number,
): Promise<GpuProductRow[]> {
  const { use, k, transposeA, transposeB, m, n } = shape;
  const form = { transposeA, transposeB };
  const a = randomMatrix(form.transposeA ? [k, m] : [m, k], 'a');
  const b = randomMatrix(form.transposeB ? [n, k] : [k, n], 'b');
  const expected = new EagerOps().matmul(a, b, form).values;
  const wasmMilliseconds = await timeWasm(wasm, shape, a, b, expected, samples);

  const upload = async (): Promise<[DeviceArray, DeviceArray]> => [
    await gpu.upload(a.values),
    await gpu.upload(b.values),
  ];
  const rows: GpuProductRow[] = [];
  for (const variant of matmulVariants) {
    const [onDeviceA, onDeviceB] = await upload();
    const result = await computeProduct(gpu, variant, shape, onDeviceA, onDeviceB);
    const actual = await readProduct(variant, shape, result);
    checkAgreement(actual, expected, errorBound(k), `${use}, kernel ${variant}`);
    const uploads = await sample(samples, () =>
      milliseconds(async () => {
        for (const array of await upload()) array.delete();
        await gpu.finish();
      }),
    );
    const computes = await sample(samples, async () => {
      return 1000 * (await timeProduct(gpu, variant, shape, onDeviceA, onDeviceB));
    });
    const readbacks = await sample(samples, () => milliseconds(() => readProduct(variant, shape, result)));
    for (const array of [onDeviceA, onDeviceB, result]) array.delete();
    const gflops = (time: number): number => (2 * m * k * n) / time / 1e6;
    rows.push({
      ...shape,
      variant,
      milliseconds: { upload: median(uploads)!, compute: median(computes)!, readback: median(readbacks)! },
      gflops: { median: gflops(median(computes)!), best: gflops(Math.min(...computes)) },
      wasmMilliseconds,
    });
  }
  return rows;
}

/** Median milliseconds of a product on the wasm engine, with the copies in and out. */
async function timeWasm(
  wasm: WasmEngine,
  { use, k, transposeA, transposeB }: MatmulShape,
  a: Tensor<'float32'>,
  b: Tensor<'float32'>,
  expected: ArrayLike<number>,
  samples: number,
): Promise<number> {
  const ops = new Recorder();
  const c = ops.matmul(a, b, { transposeA, transposeB });
  const executable = await wasm.compile(ops.finish('matmul', [c]));
  const run = async (): Promise<ArrayLike<number>> => {
    wasm.write(a, a.values);
    wasm.write(b, b.values);
    await executable.run();
    return wasm.read(c);
  };
  checkAgreement(await run(), expected, errorBound(k), `${use}, wasm`);
  // V8 starts with quick, slow code and replaces it while it runs
  const warm = performance.now();
  while (performance.now() - warm < 200) await run();
  return median(await sample(samples, () => milliseconds(run)))!;
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
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
      ...Array.from({ length: 6 }, () => 'right' as const),
    ],
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) {
    const { use, variant, m, k, n, milliseconds: times, gflops } = row;
    table.push([
      use,
      m,
      k,
      n,
      formOf(row),
      `${variant}${variant === usualVariant(row) ? ' *' : ''}`,
      ...[times.upload, times.compute, times.readback].map((time) => time.toFixed(2)),
      ...[gflops.median, gflops.best].map((value) => value.toPrecision(3)),
      row.wasmMilliseconds.toFixed(3),
    ]);
  }
  return table.toString();
}
