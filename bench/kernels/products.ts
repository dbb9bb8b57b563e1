/** `bench matmul`: products of matrices, each checked against the reference, warmed up, then timed. */
import { setTimeout } from 'node:timers/promises';
import Table from 'cli-table3';
import type { Engine } from '../../src/engine/engine.ts';
import { Recorder } from '../../src/tensor/recorder.ts';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { checkAgreement } from '../measure/check.ts';
import { checkMachine, type Conditions } from '../measure/machine.ts';
import { writeResult } from '../measure/results.ts';
import { compare, type Ratio, type Spread, spread } from '../measure/spread.ts';
import { pauseMilliseconds } from '../measure/turns.ts';
import { libraryNamed, missing } from '../libraries/libraries.ts';
import type { LibraryProcess } from '../race/library-process.ts';
import { startProcess } from '../race/process-network.ts';
import {
  type KernelArguments,
  type KernelEngine,
  kernelNames,
  percentOfPeak,
  startEngine,
  warmUp,
} from './kernel-run.ts';
import { errorBound, randomMatrix } from './operands.ts';
import { formOf, type MatmulShape, type ShapeGroup, shapeGroups, squareShape } from './shapes.ts';

export interface ProductArguments extends KernelArguments {
  readonly sizes: readonly number[] | undefined;
  /** Left out: the products of the MLP, and squares. */
  readonly shapes: readonly ShapeGroup[] | undefined;
  readonly openblas: boolean;
  readonly python: string;
}

export interface ProductRow extends MatmulShape {
  /** The generated functions that ran. */
  readonly kernel: string;
  readonly gflops: Spread;
  /** OpenBLAS on as many threads, measured in turn. */
  readonly openblas?: { readonly gflops: Spread; readonly ratio: Ratio };
}

/** The result file of `bench matmul`. */
export interface ProductsResult extends Conditions, KernelEngine {
  readonly rows: readonly ProductRow[];
}

export async function benchProducts(args: ProductArguments): Promise<void> {
  const conditions = checkMachine(args.strict);
  const [engine, ran] = await startEngine(args);
  console.log(`${ran.engine}: ${ran.description}`);
  if (ran.peakGflops !== null) {
    console.log(`peak of one thread, multiply-adds on registers: ${ran.peakGflops.toFixed(1)} GFLOP/s`);
  }
  const openblas = args.openblas ? await startOpenblas(args) : null;
  const shapes = args.sizes
    ? args.sizes.map(squareShape)
    : (args.shapes ?? (['mlp', 'squares'] as const)).flatMap((group) => shapeGroups[group]);
  const rows: ProductRow[] = [];
  try {
    for (const shape of shapes) rows.push(await measure(engine, shape, args.samples, openblas));
  } finally {
    openblas?.stop();
    await engine.close();
  }

  const result: ProductsResult = { ...conditions, ...ran, rows };
  console.log(`\n${format(result)}`);
  const products = rows.filter(({ use }) => use.startsWith('dense'));
  if (products.length > 0) {
    const flops = (row: ProductRow): number => 2 * row.m * row.k * row.n;
    const total = products.reduce((sum, row) => sum + flops(row), 0);
    const time = products.reduce((sum, row) => sum + flops(row) / row.gflops.median, 0);
    console.log(`the MLP's ${products.length} products together: ${(total / time).toFixed(1)} GFLOP/s`);
  }
  console.log('operands are in the cache; packing B, where a kernel does it, is timed too');
  writeResult(args.json, result);
}

async function startOpenblas({ python, threads }: ProductArguments): Promise<LibraryProcess | null> {
  const library = libraryNamed('OpenBLAS (NumPy)');
  const reason = missing(library, { python });
  if (reason !== null) {
    console.log(`OpenBLAS: skipped, ${reason}`);
    return null;
  }
  const process = startProcess(library, { python }, threads);
  await process.ask({ request: 'start', threads });
  return process;
}

async function measure(
  engine: Engine,
  shape: MatmulShape,
  count: number,
  openblas: LibraryProcess | null,
): Promise<ProductRow> {
  const { use, m, k, n, transposeA, transposeB } = shape;
  const a = randomMatrix(transposeA ? [k, m] : [m, k], 'a');
  const b = randomMatrix(transposeB ? [n, k] : [k, n], 'b');
  const c = Tensor.zeros('float32', [m, n], 'c');
  const flops = 2 * m * k * n;
  // small products are repeated within one program, so that the time of the call does not matter
  const repeats = Math.max(1, Math.min(64, Math.round(2e7 / flops)));
  const ops = new Recorder();
  for (let repeat = 0; repeat < repeats; repeat++) ops.matmul(a, b, { transposeA, transposeB, out: c });
  const executable = await engine.compile(ops.finish('matmul'));
  await executable.run();
  checkAgreement(
    new Float32Array(await engine.read(c)),
    new EagerOps().matmul(a, b, { transposeA, transposeB }).values,
    errorBound(k),
    use,
  );

  const { runs, time } = await warmUp(executable);
  if (openblas) await openblas.ask({ request: 'product', m, k, n });
  const samples: number[] = [];
  const openblasSamples: number[] = [];
  for (let sample = 0; sample < count; sample++) {
    samples.push((flops * repeats) / (await time(runs)) / 1e9);
    if (openblas) {
      const { seconds } = await openblas.ask<{ seconds: number }>({
        request: 'time',
        repeats: runs * repeats,
      });
      openblasSamples.push(flops / seconds / 1e9);
      if (engine.threads > 1) await setTimeout(pauseMilliseconds);
    }
  }
  return {
    ...shape,
    kernel: kernelNames(executable),
    gflops: spread(samples),
    ...(openblas
      ? { openblas: { gflops: spread(openblasSamples), ratio: compare(samples, openblasSamples) } }
      : {}),
  };
}

function format(result: ProductsResult): string {
  const withOpenblas = result.rows.some(({ openblas }) => openblas);
  const table = new Table({
    head: [
      'product',
      'm',
      'k',
      'n',
      'form',
      'GFLOP/s',
      'p10',
      'p90',
      'best',
      '% of peak',
      ...(withOpenblas ? ['OpenBLAS', 'best', 'ratio'] : []),
    ],
    colAligns: ['left', ...Array.from({ length: 12 }, () => 'right' as const)],
    style: { head: [], border: [], compact: true },
  });
  for (const row of result.rows) {
    const { use, m, k, n, gflops, openblas } = row;
    const speeds = [gflops.median, gflops.p10, gflops.p90, gflops.best].map((speed) => speed.toFixed(1));
    const cells = [use, m, k, n, formOf(row), ...speeds, percentOfPeak(gflops.median, result)];
    if (openblas) {
      const { gflops: others, ratio } = openblas;
      cells.push(others.median.toFixed(1), others.best.toFixed(1), ratio.ratio.toFixed(2));
    }
    table.push(cells);
  }
  return table.toString();
}
